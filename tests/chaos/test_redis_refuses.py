"""Redis refuses in the middle of a deployment for longer than a lease lives, and then takes writes again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.deployment.states import State
from bluegreen.deployment.transitions import LEASE_SECONDS
from tests import refusals
from tests.chaos.arena import Arena
from tests.chaos.disruption import FollowedTrial, thaw
from tests.own_redis import OwnRedis
from tests.refusals import Refusal

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

LONG = pytest.mark.long


@pytest.fixture
def arena(tmp_path: Path, own_redis: OwnRedis) -> Iterator[Arena]:
    with Arena(tmp_path / "host", own_redis.url) as arena:
        yield arena


@pytest.mark.parametrize(
    ("refusal", "point", "good"),
    [
        # in the middle of a phase
        (refusals.MISCONF, "switch_traffic: after replace file", True),
        pytest.param(refusals.OOM, "restore_traffic: after replace file", False, marks=LONG),
        pytest.param(refusals.READONLY, "deploy_new_version: before spawn", True, marks=LONG),
        pytest.param(refusals.READONLY, "cleanup_old_version: after begin cleanup_old_version", True, marks=LONG),
        pytest.param(refusals.MASTERDOWN, "health_check: after begin health_check", True, marks=LONG),
        pytest.param(refusals.NOAUTH, "verify_traffic: after begin verify_traffic", True, marks=LONG),
        pytest.param(refusals.OOM, "checkout: after begin checkout", True, marks=LONG),
        pytest.param(refusals.MISCONF, "remove_new_version: before terminate", False, marks=LONG),
        # before the message to the next phase
        (refusals.READONLY, "health_check: after commit", True),
        pytest.param(refusals.MISCONF, "switch_traffic: after commit", True, marks=LONG),
        pytest.param(refusals.OOM, "checkout: after commit", True, marks=LONG),
        pytest.param(refusals.MISCONF, "verify_traffic: after fail", False, marks=LONG),
    ],
    ids=str,
)
def test_the_deployment_waits_and_goes_on(
    arena: Arena, own_redis: OwnRedis, refusal: Refusal, point: str, good: bool
) -> None:
    """Nobody takes over a phase in hand: whoever runs it could not say so, but nor could anybody else."""
    trial = refused_at(point, good, arena, own_redis, refusal)

    assert trial.exit_status(20) == (0 if good else 1), trial.shown()
    deployment = arena.host.deployment(trial.identity)
    assert deployment.state is (State.SUCCEEDED if good else State.ROLLED_BACK)
    was_in_hand = not point.endswith((": after commit", ": after fail"))
    assert not (was_in_hand and any(entry.takeovers for entry in deployment.phases)), deployment


def refused_at(point: str, good: bool, arena: Arena, redis: OwnRedis, refusal: Refusal) -> FollowedTrial:
    """A trial that is over and as it shall be, though Redis refused from that point of it on."""
    arena.order_freeze(point)
    trial = FollowedTrial(arena, good)
    worker = arena.await_freeze()
    with refusal.of(redis.url, redis.folder):
        thaw(worker)
        time.sleep(LEASE_SECONDS + 1)
    trial.end(f"{refusal} {point}", 0)
    assert worker.poll() is None
    return trial
