"""Flower as `bluegreen flower` starts it: who may look, what a person sees, what may be asked for."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from bluegreen.deployment.states import Phase, PhaseState, State
from bluegreen.store import keys
from tests.e2e.flower import PASSWORD, USER, Flower
from tests.e2e.host import Host

pytestmark = pytest.mark.real


@pytest.fixture
def flower(host: Host) -> Iterator[Flower]:
    with Flower(host, "--allow-requests") as flower:
        yield flower


@pytest.mark.parametrize("value", ["", "ann", "ann:", ":secret", "ann:secret,bob:"])
def test_it_refuses_to_serve_anybody(quiet_host: Host, value: str) -> None:
    quiet_host.env["FLOWER_BASIC_AUTH"] = value

    ended = quiet_host.bluegreen("flower")

    assert ended.returncode == 2 and "FLOWER_BASIC_AUTH" in ended.stderr
    assert not value or value not in ended.stderr


def test_it_shows_to_who_has_the_password_and_changes_nothing(host: Host) -> None:
    with Flower(host) as flower:
        assert requests.get(f"{flower.url}/tasks", timeout=10).status_code == 401
        for page in ("metrics", "healthcheck"):  # as docs/flower.md says
            assert requests.get(f"{flower.url}/{page}", timeout=10).ok
        assert flower.get("tasks", auth=(USER, "wrong")).status_code == 401
        assert flower.get("tasks").ok
        assert flower.ask("request.deploy", service="hello", requested_by="curl").status_code == 403
        arguments = " ".join(flower.server.process.args)
        busy = host.bluegreen("flower", f"--port={flower.port}")

    assert PASSWORD not in arguments
    assert host.store.history("hello") == []
    host.env["FLOWER_BASIC_AUTH"] = "ann:secret"
    assert busy.returncode == 2


def test_a_port_in_use_is_said_in_a_line(quiet_host: Host) -> None:
    quiet_host.start_nginx()
    quiet_host.env["FLOWER_BASIC_AUTH"] = "ann:secret"

    ended = quiet_host.bluegreen("flower", f"--port={quiet_host.ports['site']}")

    assert ended.returncode == 2 and "Address already in use" in ended.stderr, ended.stderr


def test_retries_and_the_rollback_stand_under_the_deployment(host: Host, flower: Flower) -> None:
    host.deploy("v1")
    _, deployment = host.deploy("deaf")
    host.wait_until(
        lambda: flower.tasks(deployment.id).get("undo.remove_new_version", {}).get("state") == "SUCCESS"
    )

    tasks = flower.tasks(deployment.id)

    assert {task["root_id"] for task in tasks.values()} == {f"{deployment.id}.1.checkout"}
    check = tasks["deploy.health_check"]
    assert (check["uuid"], check["state"], check["retries"]) == (f"{deployment.id}.1.health_check", "FAILURE", 2)
    assert "did not get healthy" in check["exception"]
    assert tasks["undo.restore_traffic"]["parent_id"] == check["uuid"]
    assert tasks["undo.collect_logs"]["parent_id"] == tasks["undo.restore_traffic"]["uuid"]
    assert tasks["undo.remove_new_version"]["result"].startswith("'rolled_back: ")
    assert "hello" in check["args"] and deployment.id in check["args"]


def test_while_it_retries_it_says_what_it_has_seen(host: Host, flower: Flower) -> None:
    host.configure(attempts=100, interval=0.2)
    identity = host.bluegreen("deploy", "hello", "--ref", "deaf", "--detach").stdout.strip()

    def has_told() -> bool:
        check = flower.tasks(identity).get("deploy.health_check", {})
        return "Connection refused" in (check.get("exception") or "")

    host.wait_until(has_told)
    assert host.bluegreen("abort", identity, "--wait", "60").returncode == 1


def test_a_deployment_can_be_asked_for_with_names_only(host: Host, flower: Flower) -> None:
    names = {"service": "hello", "ref": "v1", "requested_by": "shop #7", "request_url": "https://ci.example/7/"}
    asked = flower.answer("request.deploy", **names)
    identity = asked["result"].strip("'")
    host.wait_until(lambda: host.deployment(identity).state.final)

    deployment = host.deployment(identity)
    assert (deployment.state, deployment.asked_by) == (State.SUCCEEDED, "shop #7 (https://ci.example/7/)")
    assert flower.answer("request.status", deployment=identity)["result"].startswith("'succeeded: ")


def test_a_request_that_waits_for_a_worker_says_when_it_expires(host: Host, flower: Flower) -> None:
    """Or it would fire days later."""
    host.kill_worker()

    assert flower.ask("request.deploy", service="hello", requested_by="x").ok

    host.wait_until(lambda: host.redis.llen(keys.calls()) == 1)
    message = json.loads(host.redis.lindex(keys.calls(), 0))
    assert datetime.fromisoformat(message["headers"]["expires"]) > datetime.now(UTC)


def test_an_abort_can_be_asked_for(host: Host, flower: Flower) -> None:
    host.configure(attempts=100)
    identity = flower.answer("request.deploy", service="hello", ref="deaf", requested_by="x")["result"].strip("'")
    host.wait_until(lambda: host.phase_state(identity, Phase.HEALTH_CHECK) is PhaseState.RUNNING)

    second = flower.answer("request.deploy", service="hello", requested_by="y")
    assert second["state"] == "FAILURE" and "another deploy is under way" in second["exception"]

    flower.answer("request.abort", deployment=identity, requested_by="x")
    host.wait_until(lambda: host.deployment(identity).state is State.ABORTED)


def test_a_phase_that_somebody_revokes_is_sent_again(host: Host, flower: Flower) -> None:
    host.configure(bake=2)
    identity = host.bluegreen("deploy", "hello", "--ref", "v1", "--detach").stdout.strip()
    host.wait_until(lambda: host.phase_state(identity, Phase.VERIFY_TRAFFIC) is PhaseState.RUNNING)

    assert flower.post(f"api/task/revoke/{identity}.1.cleanup_old_version").ok

    host.wait_until(lambda: host.deployment(identity).state.final)
    deployment = host.deployment(identity)
    assert (deployment.state, deployment.epoch) == (State.SUCCEEDED, 2), host.worker_log()


BAD_NAMES: list[tuple[dict[str, object], str]] = [
    ({"service": "helo", "requested_by": "x"}, "no worker is running for helo"),
    ({"service": "hello", "requested_by": "x", "ref": "--upload-pack=touch x"}, "is refused"),
    ({"service": "hello", "requested_by": "x", "ref": ["v1"]}, "is refused"),
    ({"service": "../hello", "requested_by": "x"}, "is refused"),
    ({"service": "hello", "requested_by": "x\x1b[2J"}, "invalid requester name"),
    ({"service": "hello", "requested_by": "x", "request_url": "javascript:alert(1)"}, "URL is refused"),
    ({"service": "hello"}, "requested_by"),
    ({"service": "hello", "requested_by": "x", "command": "rm"}, "command"),
]


def test_bad_names_are_refused_by_the_worker(flower: Flower, host: Host) -> None:
    for names, said in BAD_NAMES:
        response = flower.ask("request.deploy", **names)
        if response.ok:
            assert said in str(flower.answer("request.deploy", **names)["exception"]), names
        assert host.store.history("hello") == [], names
