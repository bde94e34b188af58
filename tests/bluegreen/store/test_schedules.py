"""The mark of a schedule: it moves on once for each time, however many would move it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from bluegreen import failpoints
from bluegreen.deployment.errors import Busy, RecordUnreadable
from bluegreen.store import keys, schedules
from bluegreen.store.clock import redis_time
from bluegreen.store.deployments import Store
from bluegreen.store.schedules import Decided, ScheduledRun
from tests.here import HERE

RULE = "30 2 * * * UTC"


def come(store: Store, seconds: float = 1) -> ScheduledRun:
    """A run whose time comes right after the mark was made."""
    cursor = schedules.ensure_cursor(store.redis, HERE.id, "web", RULE)
    return ScheduledRun(HERE.id, "web", cursor.decided + timedelta(seconds=seconds), redis_time(store.redis))


def test_of_two_beats_one_makes_the_deployment(store: Store) -> None:
    run, together = come(store), Barrier(8)

    def fire(_: int) -> str:
        together.wait()
        try:
            return store.create("web", "schedule", run=run).id
        except (Decided, Busy) as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(fire, range(8)))

    (made,) = store.history("web")
    assert sorted(answers) == sorted([made.id, *["Decided"] * 7])
    assert schedules.read(store.redis, HERE.id, "web").deployment_id == made.id


def test_a_beat_that_dies_beside_the_write_leaves_a_deployment_or_none_and_no_second_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = come(store)

    class Killed(BaseException):
        pass

    def kill_at(point: str) -> None:
        def hook(reached: str) -> None:
            if reached == point:
                raise Killed

        monkeypatch.setattr(failpoints, "hook", hook)

    kill_at("before create")
    with pytest.raises(Killed):
        store.create("web", "schedule", run=run)
    assert store.history("web") == [] and schedules.read(store.redis, HERE.id, "web").decided < run.time

    kill_at("after create")
    with pytest.raises(Killed):
        store.create("web", "schedule", run=run)
    kill_at("never")
    with pytest.raises(Decided):
        store.create("web", "schedule", run=run)
    assert len(store.history("web")) == 1


def test_a_run_that_is_refused_is_not_decided(store: Store) -> None:
    run = come(store)
    store.create("web", "me")

    with pytest.raises(Busy):
        store.create("web", "schedule", run=run)

    assert schedules.read(store.redis, HERE.id, "web").decided < run.time


def test_what_was_skipped_cannot_be_run_nor_skipped_again(store: Store) -> None:
    run = come(store)

    assert schedules.skip(store.redis, run, "frozen") and not schedules.skip(store.redis, run, "missed")
    with pytest.raises(Decided):
        store.create("web", "schedule", run=run)
    assert schedules.read(store.redis, HERE.id, "web").outcome == "frozen"


def test_a_beat_that_was_frozen_since_it_looked_decides_nothing(store: Store) -> None:
    run = come(store)
    long_ago = ScheduledRun(
        run.installation, run.service, run.time, run.seen - timedelta(seconds=schedules.SEEN_SECONDS + 1)
    )

    assert not schedules.skip(store.redis, long_ago, "missed")
    with pytest.raises(Decided):
        store.create("web", "schedule", run=long_ago)


def test_another_rule_begins_now_and_keeps_what_is_known(store: Store) -> None:
    made = store.create("web", "schedule", run=come(store))

    changed = schedules.ensure_cursor(store.redis, HERE.id, "web", "0 14 * * * UTC")

    assert schedules.ensure_cursor(store.redis, HERE.id, "web", "0 14 * * * UTC") == changed
    assert (changed.rule, changed.deployment_id) == ("0 14 * * * UTC", made.id)
    assert redis_time(store.redis) - changed.decided < timedelta(seconds=60)


def test_two_beats_that_differ_in_the_rule_are_told_of(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    schedules.ensure_cursor(store.redis, HERE.id, "web", RULE)
    schedules.ensure_cursor(store.redis, HERE.id, "web", RULE)
    assert caplog.text == ""

    schedules.ensure_cursor(store.redis, HERE.id, "web", "0 3 * * * UTC")

    assert "web: its schedule is 0 3 * * * UTC from now on, no more 30 2 * * * UTC" in caplog.text


def test_what_is_no_mark_is_said_to_be_none(store: Store) -> None:
    store.redis.set(keys.schedule_cursor(HERE.id, "web"), "{")

    with pytest.raises(
        RecordUnreadable,
        match=f"web's schedule cannot be read: .*\n.*redis-cli DEL {keys.schedule_cursor(HERE.id, 'web')}",
    ):
        schedules.ensure_cursor(store.redis, HERE.id, "web", RULE)
