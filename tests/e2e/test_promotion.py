"""A deployment that waits after its health check: promoted, aborted, left alone, and all that may come between."""

import json
import os
import re
import signal
import subprocess
from datetime import timedelta

import pytest

from bluegreen.deployment.states import Color, Phase, State
from bluegreen.store import events, keys
from cli.exits import ExitStatus
from tests.e2e.damage import PLACEHOLDER, file_of
from tests.e2e.host import Host
from tests.receiver import Receiver

pytestmark = pytest.mark.real


@pytest.fixture
def live(host: Host) -> Host:
    """v1 is live on blue."""
    assert host.deploy("v1")[0] == 0
    return host


def hold(host: Host, ref: str = "v2", *more: str) -> str:
    """A deployment that waits; its id."""
    enqueued = host.bluegreen("deploy", "hello", "--ref", ref, "--hold", "--detach", *more)
    assert enqueued.returncode == 0, enqueued.stderr
    identity = enqueued.stdout.strip()
    watched = host.bluegreen("watch", identity, "--until-promotion", "--wait", "30")
    assert watched.returncode == ExitStatus.AWAITS_PROMOTION, watched.stdout + watched.stderr + host.worker_log()
    assert f"to go on: bluegreen promote {identity}" in watched.stdout
    return identity


def test_it_waits_without_a_lease_while_the_old_version_serves_and_goes_on_when_promoted(live: Host) -> None:
    identity = hold(live)

    waiting = live.deployment(identity)
    assert (waiting.state, waiting.phase, waiting.epoch) == (State.AWAITING_PROMOTION, Phase.HEALTH_CHECK, 2)
    assert not live.redis.exists(keys.lease(identity))
    assert live.answer()["version"] == "v1" and live.is_running(Color.GREEN)

    promoted = live.bluegreen("promote", "hello", "--message", "looks good https://a:b@host/", "--wait", "30")
    assert promoted.returncode == 0, promoted.stdout + promoted.stderr + live.worker_log()
    ended = live.deployment(identity)
    assert ended.state is State.SUCCEEDED and live.answer()["version"] == "v2"
    assert ended.approval is not None and ended.approval.promoted_by and ended.approval.promoted_at
    assert ended.approval.message == "looks good https://***@host/"
    kinds = [each.kind for each in events.read(live.redis, identity)]
    assert kinds.count("phase_started") == 8, "the health check runs again"
    assert "promoted by" in live.bluegreen("explain", "hello").stdout
    assert "looks good" in live.bluegreen("show", "hello").stdout
    assert "looks good" in live.bluegreen("history", "hello").stdout


def test_what_is_not_well_any_more_is_rolled_back_by_its_second_health_check(live: Host) -> None:
    identity = hold(live)
    live.kill_color(Color.GREEN)

    assert live.bluegreen("promote", identity, "--wait", "30").returncode == 1

    ended = live.deployment(identity)
    assert ended.state is State.ROLLED_BACK and ended.error is not None and "died" in ended.error.what
    assert live.answer()["version"] == "v1"


def test_an_abort_undoes_it_at_once(live: Host) -> None:
    identity = hold(live)

    aborted = live.bluegreen("abort", identity, "--wait", "30")

    assert aborted.returncode == 1, aborted.stdout + aborted.stderr
    ended = live.deployment(identity)
    assert ended.state is State.ABORTED and not live.is_running(Color.GREEN)
    assert live.store.holder("hello") is None and live.answer()["version"] == "v1"


def test_settings_hold_every_deployment_and_their_timeout_undoes_it(live: Host) -> None:
    live.configure("[services.hello.approval]\nrequired = true\ntimeout = 1\n")

    status, ended = live.deploy("v2")

    assert (status, ended.state) == (1, State.ROLLED_BACK)
    assert ended.error is not None and ended.error.what == "nobody promoted it within 1 s"
    assert not live.is_running(Color.GREEN) and live.answer()["version"] == "v1"


def test_a_timeout_may_promote(live: Host) -> None:
    live.configure('[services.hello.approval]\nrequired = true\ntimeout = 1\non_timeout = "promote"\n')

    status, ended = live.deploy("v2")

    assert (status, ended.state) == (0, State.SUCCEEDED)
    assert ended.approval is not None and ended.approval.promoted_by == "approval.on_timeout"


def test_a_rollback_waits_for_nobody(live: Host) -> None:
    assert live.deploy("v2")[0] == 0
    live.configure("[services.hello.approval]\nrequired = true\n")

    assert live.bluegreen("rollback", "hello").returncode == 0
    assert live.answer()["version"] == "v1"


def test_the_wait_survives_its_worker_and_the_next_one_promotes(live: Host) -> None:
    identity = hold(live)
    live.kill_worker()
    away = live.bluegreen("promote", identity)
    live.redis.delete(keys.workers())
    gone = live.bluegreen("promote", identity)
    live.start_worker()

    assert live.deployment(identity).state is State.AWAITING_PROMOTION
    assert away.returncode == 2 and "no worker took the request" in away.stderr
    assert gone.returncode == 2 and "no worker is running for hello" in gone.stderr
    assert live.bluegreen("promote", identity, "--wait", "30").returncode == 0
    assert live.deployment(identity).epoch == 3, "nobody has taken it over"


def test_the_lock_is_held_and_says_with_which_commands_to_go_on(live: Host) -> None:
    identity = hold(live)

    refused = live.bluegreen("deploy", "hello", "--ref", "v3")
    assert refused.returncode == 3 and "waits for a promotion" in refused.stderr
    assert f"bluegreen promote {identity}" in refused.stderr and f"bluegreen abort {identity}" in refused.stderr
    shown = live.bluegreen("status", "hello").stdout
    assert "awaiting promotion" in shown and f"bluegreen promote {identity}" in shown
    assert 'bluegreen_awaiting_promotion{service="hello"} 1.0' in live.bluegreen("metrics").stdout
    assert f"Go on: bluegreen promote {identity}".lower() in live.bluegreen("explain", identity).stdout.lower()

    status, replaced = live.deploy("v3", "--if-busy", "replace")
    assert (status, replaced.state) == (0, State.SUCCEEDED)
    assert live.deployment(identity).state is State.ABORTED


def test_a_freeze_that_begins_meanwhile_holds_it_too(live: Host) -> None:
    identity = hold(live)
    live.configure('[[freezes]]\nstart = 2020-01-01\nend = 2099-01-01\nreason = "Christmas"\n')

    refused = live.bluegreen("promote", identity)
    assert refused.returncode == 3 and "frozen: Christmas" in refused.stderr
    assert f'bluegreen promote {identity} --override-freeze "why"' in refused.stderr

    assert live.bluegreen("promote", identity, "--override-freeze", "a hole", "--wait", "30").returncode == 0
    approval = live.deployment(identity).approval
    assert approval is not None and approval.freeze_passed is not None and "a hole" in approval.freeze_passed


def test_a_freeze_that_was_overridden_for_it_does_not_hold_it_again(live: Host) -> None:
    live.configure('[[freezes]]\nstart = 2020-01-01\nend = 2099-01-01\nreason = "Christmas"\n')
    identity = hold(live, "v2", "--override-freeze", "a hole")

    assert live.bluegreen("promote", identity, "--wait", "30").returncode == 0


def test_bad_input_is_answered(live: Host) -> None:
    first = live.store.history("hello")[-1].id
    for given, said in ((first, "does not wait for a promotion"), ("hello-nope", "there is no deployment")):
        refused = live.bluegreen("promote", given)
        assert refused.returncode == 2 and said in refused.stderr, refused
    identity = hold(live)
    bad = live.bluegreen("promote", identity, "--message", "a\nb")
    assert bad.returncode == 2 and "invalid reason for a promotion" in bad.stderr
    assert live.bluegreen("promote", identity, "--wait", "30").returncode == 0
    twice = live.bluegreen("promote", identity)
    assert twice.returncode == 2 and re.search("promoted by .*; now it is succeeded", twice.stderr), twice.stderr


def test_deploy_waits_with_it_and_says_so_when_its_own_wait_runs_out(live: Host) -> None:
    waited = live.bluegreen("deploy", "hello", "--ref", "v2", "--hold", "--wait", "6")

    assert waited.returncode == ExitStatus.AWAITS_PROMOTION, waited
    assert waited.stdout.count("to go on: bluegreen promote hello-") == 2, "as an event, and as the end"


def test_a_live_process_that_dies_during_the_wait_is_started_again(live: Host) -> None:
    identity, killed = hold(live), live.pid_of(Color.BLUE)
    live.kill_color(Color.BLUE)

    live.wait_until(lambda: live.is_running(Color.BLUE, after=killed))
    assert live.deployment(identity).state is State.AWAITING_PROMOTION


def test_json_says_until_when(live: Host) -> None:
    shown = json.loads(live.bluegreen("show", hold(live), "--json").stdout)

    assert shown["state"] == "awaiting_promotion" and shown["approval"]["timeout"] == 3600
    waiting = live.deployment(shown["id"]).approval
    assert waiting is not None and waiting.until is not None and waiting.waiting_since is not None
    assert waiting.until - waiting.waiting_since == timedelta(hours=1)


def test_a_proxy_file_that_is_damaged_meanwhile_can_be_repaired(live: Host) -> None:
    identity = hold(live)
    file_of(live).write_text(PLACEHOLDER)

    repaired = live.bluegreen("repair", "hello")

    assert repaired.returncode == 0 and "is put right, and leads to blue" in repaired.stdout, repaired
    assert live.answer()["version"] == "v1"
    assert live.bluegreen("promote", identity, "--wait", "30").returncode == 0
    assert live.answer()["version"] == "v2"


def test_a_notification_has_both_commands(live: Host) -> None:
    with Receiver() as receiver:
        live.configure(f'[[notifications]]\nurl = "{receiver.url}"\non = ["awaiting_promotion"]\n')
        identity = hold(live)
        live.wait_until(lambda: len(receiver.got) == 1)

    assert receiver.kinds() == ["awaiting_promotion"]
    assert f"bluegreen promote {identity}" in receiver.texts()[0]
    assert f"bluegreen abort {identity}" in receiver.texts()[0]


def test_one_who_is_asked_to_end_meanwhile_undoes_it(live: Host) -> None:
    """As Jenkins does with a build that is aborted."""
    arguments = [*live.command, "deploy", "hello", "--ref", "v2", "--hold"]
    with subprocess.Popen(arguments, env={**os.environ, **live.env}, stdout=subprocess.PIPE, text=True) as client:
        live.wait_until(lambda: live.store.history("hello")[-1].state is State.AWAITING_PROMOTION)
        client.send_signal(signal.SIGTERM)
        shown, _ = client.communicate(timeout=30)

    assert client.returncode == 1 and "aborted: the old version serves" in shown
    assert live.store.history("hello")[-1].state is State.ABORTED
