"""Notifications as a user has them: a real worker, a real receiver, and deployments that never wait for either."""

import json
import sys
from pathlib import Path

import pytest

from bluegreen.deployment.event import EventKind
from bluegreen.deployment.states import State
from bluegreen.store import events, keys
from cli.output.sentences import sentence
from tests.e2e.host import Host
from tests.receiver import Receiver

pytestmark = pytest.mark.real

# writes what it was told to a file in its folder, which is the service's workspace
HOOK = """import json, os
with open("told", "a") as told:
    told.write(json.dumps({name: value for name, value in os.environ.items() if "BLUEGREEN" in name}) + chr(10))
"""


def notification(**settings: object) -> str:
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    return f"\n[[notifications]]\n{lines}"


def troubles(host: Host, deployment_id: str) -> list[str]:
    stored = events.read(host.redis, deployment_id)
    return [sentence(each) for each in stored if each.kind is EventKind.NOTIFICATION_FAILED]


def all_told(host: Host) -> bool:
    return host.redis.llen(keys.notifications(host.store.installation, "hello")) == 0


def test_the_begin_and_the_end_of_each_deployment_are_told_in_order(host: Host) -> None:
    with Receiver() as receiver:
        host.configure(notification(url=receiver.url) + notification(url=receiver.url + "/2", on=["rolled_back"]))
        _, good = host.deploy("v1")
        _, bad = host.deploy("broken-v2")
        host.wait_until(lambda: all_told(host) and len(receiver.got) == 5)

    assert receiver.kinds() == ["started", "succeeded", "started", "rolled_back", "rolled_back"]
    first, live, _, back, _ = receiver.texts()
    assert first == "hello: deployment of v1 has begun"
    assert live.startswith("hello: deployment of v1 is live on blue after ")
    assert "was rolled back" in back and bad.error is not None and bad.error.what in back.replace("&lt;", "<")
    assert troubles(host, good.id) == troubles(host, bad.id) == []


def test_a_command_of_the_config_file_is_told_too_and_gets_no_redis(host: Host) -> None:
    host.configure(notification(command=[sys.executable, "-c", HOOK], on=["succeeded"]))
    _, deployment = host.deploy("v1")
    host.wait_until(lambda: all_told(host))

    (line,) = (Path(host.folder) / "told").read_text().splitlines()
    told = json.loads(line)
    assert told["BLUEGREEN_DEPLOYMENT"] == deployment.id and told["BLUEGREEN_NOTIFICATION"] == "succeeded"
    assert "BLUEGREEN_REDIS_URL" not in told


def test_a_receiver_that_refuses_is_in_the_log_and_the_events_and_hurts_nobody(host: Host) -> None:
    with Receiver(403, body="invalid_token") as receiver:
        host.configure(
            notification(url=receiver.url, token_env="NO_SUCH_VARIABLE", on=["started"])
            + notification(url=receiver.url, on=["succeeded"])
            + notification(command=["no-such-program"], on=["succeeded"])
            + notification(url_env="NO_SUCH_VARIABLE", on=["succeeded"])
        )
        status, deployment = host.deploy("v1")
        host.wait_until(lambda: all_told(host) and len(troubles(host, deployment.id)) == 4)

    assert (status, deployment.state, deployment.warnings) == (0, State.SUCCEEDED, ())
    told = "\n".join(troubles(host, deployment.id))
    assert "the notification succeeded to 127.0.0.1 was not delivered: status 403 (invalid_token)" in told
    assert "the variable NO_SUCH_VARIABLE is not set in the worker's environment" in told
    assert "cannot run no-such-program" in told
    assert all(line in host.worker_log() for line in told.splitlines())
    assert "secret" not in told + host.worker_log() and len(receiver.got) == 1
    assert "status 403 (invalid_token)" in host.bluegreen("explain", deployment.id).stdout


def test_a_receiver_that_does_not_answer_delays_no_deployment(host: Host) -> None:
    with Receiver() as receiver:
        receiver.holds.set()
        host.configure(notification(url=receiver.url, timeout=60))
        one, _ = host.deploy("v1")
        other, _ = host.deploy("v2")

        assert (one, other) == (0, 0) and receiver.came.is_set() and receiver.got == []


def test_what_a_killed_worker_was_telling_is_told_again(host: Host) -> None:
    with Receiver() as receiver:
        receiver.holds.set()
        host.configure(notification(url=receiver.url, timeout=0.2, on=["succeeded"]))
        _, deployment = host.deploy("v1")
        host.wait_until(receiver.came.is_set)
        host.kill_worker()
        receiver.holds.clear()
        before = host.redis.lrange(keys.notifications(host.store.installation, "hello"), 0, -1)
        assert 0 < host.redis.pttl(keys.sender(host.store.installation, "hello")) < 60_000
        host.redis.delete(keys.sender(host.store.installation, "hello"))  # as if that time were over
        host.start_worker()
        host.wait_until(lambda: all_told(host))

    assert f"succeeded {deployment.id}" in before, "a notification left the outbox before it was told"
    assert receiver.kinds() == ["succeeded"]


def test_a_receiver_that_is_away_for_a_moment_is_told_again(host: Host) -> None:
    with Receiver(503, 200) as receiver:
        host.configure(notification(url=receiver.url, on=["succeeded"]))
        _, deployment = host.deploy("v1")
        host.wait_until(lambda: all_told(host))

    assert receiver.kinds() == ["succeeded", "succeeded"] and troubles(host, deployment.id) == []


def test_a_test_says_where_a_token_is_wrong_before_anything_is_deployed(host: Host) -> None:
    with Receiver(403, body="invalid_token") as receiver:
        host.configure(notification(url=receiver.url) + notification(command=[sys.executable, "-c", ""]))
        shown, tested = host.bluegreen("notifications"), host.bluegreen("notifications", "--test")

    assert shown.returncode == 0 and shown.stdout.count("all  started, awaiting_promotion, succeeded") == 2
    assert tested.returncode == 2 and "status 403 (invalid_token)" in tested.stdout
    assert (
        "1 of 2 notifications could not be sent" in tested.stderr and "secret" not in tested.stdout + tested.stderr
    )
