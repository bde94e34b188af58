"""The master of a Redis that fails over is killed in the middle of a deployment, and a replica takes its place."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.states import State
from nginx.file.marker import parse
from tests.chaos.arena import Arena, Trial
from tests.chaos.disruption import FollowedTrial, thaw
from tests.chaos.some import marked
from tests.replicated import Replicated

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

IN_PHASES = [
    ("switch_traffic: after replace file", True),
    ("checkout: after begin checkout", True),
    ("determine_target: after begin determine_target", True),
    ("deploy_new_version: before spawn", True),
    ("restore_traffic: after replace file", False),
    ("health_check: after begin health_check", True),
    ("switch_traffic: after commit", True),
    ("verify_traffic: after begin verify_traffic", True),
    ("remove_new_version: before terminate", False),
    ("cleanup_old_version: after begin cleanup_old_version", True),
]
PARTED = [
    ("switch_traffic: before begin switch_traffic", "switch_traffic: after replace file"),
    ("checkout: after begin checkout", "health_check: after begin health_check"),
    ("health_check: before commit", "switch_traffic: after replace file"),
    ("switch_traffic: after replace file", "verify_traffic: after begin verify_traffic"),
    ("verify_traffic: before commit", "cleanup_old_version: after commit"),
]


def but_first(parameters: list[Any]) -> list[Any]:
    """The first in the short run."""
    return marked(parameters, [each is parameters[0] for each in parameters])


@pytest.fixture
def redises(tmp_path: Path) -> Iterator[Replicated]:
    with Replicated(tmp_path / "redis") as both:
        yield both


@pytest.fixture
def arena(tmp_path: Path, redises: Replicated) -> Iterator[Arena]:
    with Arena(tmp_path / "host", redises.url) as arena:
        yield arena


@pytest.mark.parametrize(("point", "good"), but_first(IN_PHASES))
def test_a_failover_in_a_phase(arena: Arena, redises: Replicated, point: str, good: bool) -> None:
    """Worker and client find the new master, and the deployment ends as it would have."""
    arena.order_freeze(point)
    trial = FollowedTrial(arena, good)
    worker = arena.await_freeze()
    redises.fail_over()
    thaw(worker)

    trial.end("failover", 0)

    assert trial.exit_status(20) == (0 if good else 1), trial.shown()
    assert worker.poll() is None, arena.host.worker_log()


@pytest.mark.parametrize(("point", "good"), marked(IN_PHASES[::2], [False] * 5))
def test_a_failover_that_its_worker_does_not_live_to_see(
    arena: Arena, redises: Replicated, point: str, good: bool
) -> None:
    arena.order_freeze(point)
    trial = FollowedTrial(arena, good)
    arena.await_freeze()
    arena.host.kill_worker()
    redises.fail_over()
    arena.start_successor()

    ending = trial.end("failover and kill", 1)

    assert ending.state is (State.SUCCEEDED if good else State.ROLLED_BACK)
    assert trial.exit_status(20) == (0 if good else 1), trial.shown()


@pytest.mark.parametrize(("parted", "point"), but_first(PARTED))
def test_a_failover_that_loses_the_last_writes(arena: Arena, redises: Replicated, parted: str, point: str) -> None:
    """Whatever of the deployment was forgotten: it ends, the site serves one version, and the next goes on."""
    arena.order_freeze(parted)
    trial = FollowedTrial(arena)
    worker = arena.await_freeze()
    redises.part()
    arena.order_freeze(point)
    thaw(worker)
    arena.await_freeze()
    redises.fail_over()
    thaw(worker)

    trial.host.wait_until(lambda: trial.host.deployment(trial.identity).state.final, 60)

    assert trial.exit_status(30) in (0, 1, 4), trial.shown()
    assert arena.host.store.holder("hello") is None
    deployment = trial.host.deployment(trial.identity)
    serves = arena.host.answer()["version"]
    assert serves == (trial.ref if deployment.state is State.SUCCEEDED else "v0"), arena.host.worker_log()
    before = parse((arena.host.folder / "conf.d" / "app.inc").read_text())
    assert Trial(arena).end("after the loss", 0).state is State.SUCCEEDED
    after = parse((arena.host.folder / "conf.d" / "app.inc").read_text())
    assert before and after and after.generation > before.generation
