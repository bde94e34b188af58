"""Redis goes away in the middle of a deployment, and comes back with its data or without.

CHAOS_REDIS_AWAY is for how many seconds; by default longer than a lease.
"""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from bluegreen.deployment.states import Phase, PhaseState, State
from bluegreen.deployment.transitions import LEASE_SECONDS
from bluegreen.store import keys
from bluegreen.store.workers import BELIEVED_SECONDS
from nginx.file.marker import parse
from tests.chaos.arena import Arena, Trial
from tests.chaos.disruption import FollowedTrial, let, thaw
from tests.own_redis import OwnRedis

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

AWAY = float(os.environ.get("CHAOS_REDIS_AWAY", LEASE_SECONDS + 1))


@pytest.fixture
def arena(tmp_path: Path, own_redis: OwnRedis) -> Iterator[Arena]:
    with Arena(tmp_path / "host", own_redis.url) as arena:
        yield arena


def bring_back(redis: OwnRedis, arena: Arena) -> None:
    redis.start()
    arena.host.wait_until(lambda: _answers(arena.host.redis))


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def test_a_worker_that_has_waited_for_redis_is_soon_heard_of_again(arena: Arena) -> None:
    def believed_until() -> float:
        (announcement,) = arena.host.redis.hvals(keys.workers())
        return float(json.loads(announcement)["until"])

    arena.host.redis.execute_command("CLIENT", "PAUSE", 4000)

    for _ in range(2):  # the first one may have waited
        heard = believed_until()
        arena.host.wait_until(lambda heard=heard: believed_until() > heard, BELIEVED_SECONDS)


@pytest.mark.parametrize("good", [True, pytest.param(False, marks=pytest.mark.long)])
def test_redis_away_during_a_health_check_that_goes_well_meanwhile(
    arena: Arena, own_redis: OwnRedis, good: bool
) -> None:
    """The commit waits for Redis, and the client that follows ends with the deployment's own status."""
    trial = FollowedTrial(arena, good, "waits")
    arena.host.wait_until(lambda: _runs(trial, Phase.HEALTH_CHECK))
    own_redis.end(signal.SIGTERM if good else signal.SIGKILL)
    let(arena, "well")
    time.sleep(AWAY)
    bring_back(own_redis, arena)

    ending = trial.end("redis away", 0)

    assert ending.state is (State.SUCCEEDED if good else State.ROLLED_BACK)
    assert trial.exit_status(20) == (0 if good else 1), trial.shown()
    assert ending.state.words in trial.shown()


@pytest.mark.parametrize(
    ("point", "good"),
    [
        pytest.param("checkout: after begin checkout", True, marks=pytest.mark.long),
        pytest.param("determine_target: after begin determine_target", True, marks=pytest.mark.long),
        pytest.param("deploy_new_version: before spawn", True, marks=pytest.mark.long),
        # between the file and the reload
        ("switch_traffic: after replace file", True),
        # before the bake
        pytest.param("verify_traffic: after begin verify_traffic", True, marks=pytest.mark.long),
        # before the drain
        pytest.param("cleanup_old_version: after begin cleanup_old_version", True, marks=pytest.mark.long),
        pytest.param("restore_traffic: after replace file", False, marks=pytest.mark.long),
        pytest.param("collect_logs: after begin collect_logs", False, marks=pytest.mark.long),
        pytest.param("remove_new_version: before terminate", False, marks=pytest.mark.long),
    ],
)
def test_redis_away_in_a_phase(arena: Arena, own_redis: OwnRedis, point: str, good: bool) -> None:
    """The phase goes on without it as far as it can, and waits for it with what it has to write."""
    arena.order_freeze(point)
    trial = FollowedTrial(arena, good)
    worker = arena.await_freeze()
    own_redis.end(signal.SIGKILL)
    thaw(worker)
    time.sleep(AWAY)
    bring_back(own_redis, arena)

    trial.end("redis away", 0)

    assert trial.exit_status(20) == (0 if good else 1), trial.shown()


@pytest.mark.parametrize(
    ("point", "good"),
    [
        ("switch_traffic: after replace file", True),
        pytest.param("health_check: after commit", True, marks=pytest.mark.long),
        pytest.param("restore_traffic: after replace file", False, marks=pytest.mark.long),
    ],
)
def test_redis_back_and_not_yet_done_with_reading_its_data(
    arena: Arena, own_redis: OwnRedis, point: str, good: bool
) -> None:
    """Its worker lives on: it waits for the data as it waits for the Redis."""
    arena.order_freeze(point)
    trial = FollowedTrial(arena, good)
    worker = arena.await_freeze()
    with own_redis.loading():
        thaw(worker)
        time.sleep(AWAY)

    trial.end("redis loading", 0)

    assert trial.exit_status(20) == (0 if good else 1), trial.shown()
    assert worker.poll() is None


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("health_check", marks=pytest.mark.long),
        "file replaced",
        pytest.param("old version drains", marks=pytest.mark.long),
    ],
)
def test_redis_back_without_its_data(arena: Arena, own_redis: OwnRedis, moment: str) -> None:
    """The site serves, the lost deployment is told of, and the next one goes on from what nginx serves."""
    trial = lost_at(moment, arena, own_redis)

    assert trial.exit_status(20) == 4, trial.shown()
    assert "it has lost its data" in trial.shown() and "bluegreen deploy hello" in trial.shown()
    watched = arena.host.bluegreen("watch", trial.identity)
    assert watched.returncode == 2 and trial.identity in watched.stderr
    assert arena.host.answer()["version"] in (trial.ref, "v0")
    arena.host.wait_until(lambda: arena.host.redis.exists("bluegreen:hosts") == 1)
    following = Trial(arena)
    assert following.end("after the loss", 0).state is State.SUCCEEDED
    content = parse((arena.host.folder / "conf.d" / "app.inc").read_text())
    assert content is not None and content.generation > 1


def lost_at(moment: str, arena: Arena, redis: OwnRedis) -> FollowedTrial:
    """A deployment that Redis forgets at this moment."""
    if moment == "file replaced":
        arena.order_freeze("switch_traffic: after replace file")
    trial = FollowedTrial(arena, word="waits" if moment == "health_check" else "")
    if moment == "file replaced":
        worker = arena.await_freeze()
    elif moment == "health_check":
        arena.host.wait_until(lambda: _runs(trial, Phase.HEALTH_CHECK))
    else:
        arena.host.wait_until(lambda: _runs(trial, Phase.CLEANUP_OLD_VERSION))
    redis.end(signal.SIGKILL)
    redis.lose_data()
    bring_back(redis, arena)
    if moment == "file replaced":
        thaw(worker)
    return trial


def _runs(trial: Trial, phase: Phase) -> bool:
    return trial.host.phase_state(trial.identity, phase) is PhaseState.RUNNING


def test_a_worker_that_shall_end_while_redis_is_away_ends(arena: Arena, own_redis: OwnRedis) -> None:
    worker = arena.host.workers[-1].process
    assert worker is not None
    own_redis.end(signal.SIGTERM)
    try:
        arena.host.wait_until(lambda: "Connection refused" in arena.host.worker_log())
        worker.terminate()

        assert worker.wait(15) == 0, arena.host.worker_log()
    finally:
        bring_back(own_redis, arena)
