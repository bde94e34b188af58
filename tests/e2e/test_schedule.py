"""Schedules and freezes as a user has them: real beats, a real worker, the command."""

import json
import sys
from contextlib import contextmanager
from datetime import timedelta

import pytest

from bluegreen.deployment.states import State
from bluegreen.store import keys, schedules, workers
from bluegreen.store.clock import redis_time
from bluegreen.store.schedules import Cursor
from cli.demo.servers import Server
from tests.bluegreen.source.conftest import Upstream
from tests.e2e.host import Host

pytestmark = pytest.mark.real

SCHEDULE = """
[services.hello.schedule]
crontab = "* * * * *"
ref = "nightly"
"""
FREEZE = """
[[freezes]]
reason = "Christmas"
start = 2020-01-01
end = 2999-01-01
"""


def mark_of(host: Host) -> Cursor | None:
    return schedules.read(host.redis, host.store.installation, "hello")


@contextmanager
def beat(host: Host):
    """A beat, ended without a word when the block is left."""
    log = host.folder / f"beat-{len(list(host.folder.glob('beat-*')))}.log"
    server = Server([sys.executable, "-m", "bluegreen", "beat"], log, host.env)
    server.start()
    try:
        server.wait_until(lambda: mark_of(host) is not None, "the beat")
        yield server
    finally:
        server.kill()


def set_back(host: Host) -> None:
    """As if no beat had looked for two minutes: a run has come."""
    cursor = mark_of(host)
    assert cursor is not None
    changed = cursor.with_(decided=redis_time(host.redis) - timedelta(minutes=2))
    host.redis.set(keys.schedule_cursor(host.store.installation, "hello"), changed.as_json())


def outcome(host: Host) -> str:
    cursor = mark_of(host)
    return cursor.outcome if cursor else ""


def freeze(host: Host) -> None:
    host.configure(SCHEDULE + FREEZE)
    host.wait_until(lambda: workers.freeze_of(host.redis, "hello") is not None)


def test_two_beats_and_one_that_is_killed_deploy_once(host: Host) -> None:
    host.configure(SCHEDULE)
    with beat(host), beat(host):
        set_back(host)
        host.wait_until(lambda: outcome(host) != "")
    made = outcome(host)
    host.wait_until(lambda: host.deployment(made).state.final)
    with beat(host):
        shown = host.bluegreen("schedule", "hello", "--count", "2")

    deployment = host.deployment(made)
    assert (deployment.state, deployment.requested_by, deployment.ref) == (State.SUCCEEDED, "schedule", "nightly")
    assert host.answer()["version"] == "nightly"
    minutes = {each.scheduled_for for each in host.store.history("hello")}
    assert len(minutes) == len(host.store.history("hello")), "a time was deployed twice"
    assert f"{made} succeeded" in shown.stdout or len(minutes) > 1
    assert shown.stdout.count("next  ") == 2 and "* * * * * (UTC), nightly" in shown.stdout


def test_a_tag_that_is_new_is_deployed_and_one_that_is_live_is_not(host: Host, tmp_path_factory) -> None:
    upstream = Upstream(tmp_path_factory.mktemp("remote") / "upstream")
    upstream.commit({"file": "1"})
    upstream.git("tag", "v1.9")
    host.configure(
        SCHEDULE.replace('ref = "nightly"', 'newest_tag = "v*"\nonly_when_changed = true')
        + f"[services.hello.source]\nurl = {json.dumps(str(upstream.folder))}\n"
    )
    with beat(host):
        set_back(host)
        host.wait_until(lambda: host.store.live("hello") is not None)
        set_back(host)
        host.wait_until(lambda: outcome(host).startswith("unchanged: "))
        assert host.answer()["version"] == "v1.9"

        commit = upstream.commit({"file": "2"})
        upstream.git("tag", "v1.10")
        set_back(host)
        host.wait_until(lambda: host.answer()["version"] == "v1.10")

    assert len(host.store.history("hello")) == 2
    latest = host.store.history("hello")[-1]
    assert latest.release is not None and latest.release.commit == commit


def test_a_beat_that_is_told_to_stop_stops(host: Host) -> None:
    host.configure(SCHEDULE)
    with beat(host) as server:
        assert server.process is not None
        server.process.terminate()

        assert server.process.wait(10) == 0


def test_in_a_freeze_a_schedule_rests_and_says_so(host: Host) -> None:
    freeze(host)
    with beat(host):
        set_back(host)
        host.wait_until(lambda: outcome(host) != "")
        listed = json.loads(host.bluegreen("schedule", "--json").stdout)

    assert host.store.history("hello") == []
    (service,) = listed["services"]
    assert listed["beat"] and service["last"]["outcome"].startswith("frozen: Christmas")
    assert all(each["freeze"].startswith("Christmas") for each in service["next"])


def test_in_a_freeze_a_person_needs_a_word_that_the_history_keeps_and_a_rollback_none(host: Host) -> None:
    host.deploy("v1")
    host.deploy("v2")
    freeze(host)

    refused = host.bluegreen("deploy", "hello", "--ref", "v3")
    assert refused.returncode == 3 and "hello is frozen: Christmas (until 2999-01-01 00:00 UTC)" in refused.stderr
    assert len(host.store.history("hello")) == 2

    status, passed = host.deploy("v3", "--override-freeze", "CVE-2026-1")
    word = "Christmas (until 2999-01-01 00:00 UTC): CVE-2026-1"
    assert (status, passed.freeze_passed) == (0, word)
    assert word in host.bluegreen("history", "hello").stdout
    assert f"The deployment overrode a freeze: {word}." in host.bluegreen("explain", passed.id).stdout

    assert host.bluegreen("rollback", "hello").returncode == 0
    assert host.answer()["version"] == "v2"


@pytest.mark.parametrize("why", ["", " ", "two\nlines", "x" * 201])
def test_a_word_that_says_nothing_is_refused(quiet_host: Host, why: str) -> None:
    refused = quiet_host.bluegreen("deploy", "hello", "--override-freeze", why)

    assert refused.returncode == 2 and "invalid reason for overriding a freeze: " in refused.stderr


def test_a_config_that_is_wrong_does_not_end_a_freeze_nor_a_worker(host: Host) -> None:
    freeze(host)
    (host.folder / "bluegreen.toml").write_text("[[freezes]]\n")
    host.wait_until(lambda: "is not taken up" in host.worker_log())

    assert workers.freeze_of(host.redis, "hello") is not None


def test_without_a_beat_the_list_says_that_nothing_will_happen(host: Host) -> None:
    host.configure(SCHEDULE)

    shown = host.bluegreen("schedule")

    assert shown.returncode == 0 and "no beat is running" in shown.stderr and "last" not in shown.stdout
