"""A deployment that waits for a promotion survives all that may happen before, at and after it."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bluegreen.deployment.states import State
from tests.chaos.arena import GOES_ON_WITHIN, Arena
from tests.chaos.disruption import kill_nginx
from tests.chaos.held import GIVEN_UP, GIVEN_UP_AT, HELD, LEFT_ALONE, OVER_AT, PROMOTED_AT, Hasty, Held
from tests.chaos.some import some
from tests.own_redis import OwnRedis

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


@pytest.mark.parametrize("point", some(PROMOTED_AT, "health_check: after commit", "requests: after promote"))
def test_one_whose_worker_is_killed_waits_is_promoted_and_goes_on(arena: Arena, point: str) -> None:
    ending = arena.kill_at(point, HELD)

    assert ending.state is State.SUCCEEDED
    assert ending.resumed < GOES_ON_WITHIN


@pytest.mark.long
def test_a_promotion_may_be_killed_twice(arena: Arena) -> None:
    ending = arena.kill_at("requests: after promote", HELD, "recovery: after take over")

    assert ending.state is State.SUCCEEDED


@pytest.mark.parametrize("point", some(GIVEN_UP_AT, "requests: after request abort"))
def test_one_whose_worker_is_killed_at_its_abort_is_undone(arena: Arena, point: str) -> None:
    assert arena.kill_at(point, GIVEN_UP).state is State.ABORTED


@pytest.mark.parametrize("point", some(OVER_AT, "recovery: after end wait"))
def test_one_whose_worker_is_killed_when_its_time_is_over_is_undone(
    tmp_path: Path, redis_url: str, redis: object, point: str
) -> None:
    with Hasty(tmp_path, redis_url) as arena:
        assert arena.kill_at(point, LEFT_ALONE).state is State.ROLLED_BACK


@pytest.mark.parametrize(
    ("point", "says"),
    [
        ("requests: before promote", "to promote-as-all was answered before"),
        pytest.param("health_check: before commit", "health_check (epoch 1)", marks=pytest.mark.long),
    ],
)
def test_a_worker_that_was_frozen_at_it_has_no_effect_when_it_wakes(arena: Arena, point: str, says: str) -> None:
    """Another one has done by then what it was about to do."""
    arena.order_freeze(point)
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(HELD, arena)
        frozen = arena.await_freeze()
        arena.start_successor()
        trial = started.result()
    ending = trial.end(f"frozen {point}", 0)
    os.kill(frozen.pid, signal.SIGCONT)
    log = arena.host.workers[-2].log
    arena.host.wait_until(lambda: says in log.read_text())

    assert trial.judged(ending).state is State.SUCCEEDED
    ended = arena.host.deployment(trial.identity)
    assert ended.approval is not None and ended.approval.message == "a test"


def test_it_survives_a_restart_of_all_that_can_be_restarted(tmp_path: Path, own_redis: OwnRedis) -> None:
    with Arena(tmp_path / "host", own_redis.url) as arena:
        trial = Waiting(arena)
        arena.host.kill_worker()
        kill_nginx(arena)
        own_redis.end(signal.SIGKILL)
        own_redis.start()
        arena.host.start_nginx()
        arena.start_successor()
        assert trial.is_waiting(trial.identity) and arena.host.answer()["version"] == "v0"

        trial.go_on(trial.identity)

        ended = trial.ended()
        trial.check(ended)
        assert ended.state is State.SUCCEEDED and not any(entry.takeovers for entry in ended.phases)


class Waiting(Held):
    """One that still waits."""

    def enqueue(self) -> str:
        return self.hold()
