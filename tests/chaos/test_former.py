"""A rollback by name, and the live release once more, survive all that may happen to their worker."""

from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.states import State
from tests.chaos.arena import GOES_ON_WITHIN, Start
from tests.chaos.former import FORMER_AT, RENEWED, RETURNED, RETURNED_AT, Grown
from tests.chaos.some import marked

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

SHORT = ("requests: after create", "checkout: after note crossed", "switch_traffic: before reload")


def trials() -> list[Any]:
    every = [(RETURNED, each) for each in (*FORMER_AT, *RETURNED_AT)] + [(RENEWED, each) for each in FORMER_AT]
    return marked(every, [point in SHORT for _, point in every])


@pytest.mark.parametrize(("start", "point"), trials())
def test_one_whose_worker_is_killed_goes_on_to_its_end(
    tmp_path: Path, redis_url: str, redis: object, start: Start, point: str
) -> None:
    with Grown(tmp_path, redis_url) as arena:
        ending = arena.kill_at(point, start)

    assert ending.state is State.SUCCEEDED
    assert ending.resumed < GOES_ON_WITHIN


@pytest.mark.long
@pytest.mark.parametrize("start", [RETURNED, RENEWED])
def test_a_worker_that_was_frozen_has_no_effect_when_it_wakes(
    tmp_path: Path, redis_url: str, redis: object, start: Start
) -> None:
    with Grown(tmp_path, redis_url) as arena:
        assert arena.freeze_at("switch_traffic: before replace file", start).state is State.SUCCEEDED
