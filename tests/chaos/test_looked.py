"""A preview survives a kill at each of its points: users never meet it, and it never outlives its deployment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.deployment.states import State
from tests.chaos.arena import GOES_ON_WITHIN
from tests.chaos.looked import DROPPED, DROPPED_AT, LOOKED, OPENED_AT, WithPreview
from tests.chaos.some import some

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


@pytest.fixture
def arena(tmp_path: Path, redis_url: str, redis: object) -> Iterator[WithPreview]:
    with WithPreview(tmp_path, redis_url) as arena:
        yield arena


@pytest.mark.parametrize(
    "point", some(OPENED_AT, "health_check: after replace file", "health_check: after reload")
)
def test_one_whose_worker_is_killed_is_looked_at_and_promoted(arena: WithPreview, point: str) -> None:
    ending = arena.kill_at(point, LOOKED)

    assert ending.state is State.SUCCEEDED and ending.switches == 1
    assert ending.resumed < GOES_ON_WITHIN


@pytest.mark.parametrize("point", some(DROPPED_AT, "restore_traffic: after replace file"))
def test_one_whose_worker_is_killed_at_its_abort_leaves_no_preview(arena: WithPreview, point: str) -> None:
    ending = arena.kill_at(point, DROPPED)

    assert ending.state is State.ABORTED and ending.switches == 0


@pytest.mark.long
def test_every_point_that_is_named_here_is_one(arena: WithPreview) -> None:
    reached = {*arena.points_of(LOOKED), *arena.points_of(DROPPED)}

    assert {*OPENED_AT, *DROPPED_AT} <= reached
