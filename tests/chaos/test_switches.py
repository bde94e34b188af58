"""The count of switches itself: what would be a double switch is called one."""

import pytest

from bluegreen.deployment.states import Color
from tests.chaos.switches import Observation, count

pytestmark = pytest.mark.unit

BLUE, GREEN = Color.BLUE, Color.GREEN


def observations(point: str, *colors: Color) -> list[Observation]:
    return [Observation(number, point, color, (2, 1)) for number, color in enumerate(colors)]


def test_there_and_back_are_two_switches_however_often_each_is_repeated() -> None:
    assert count(observations("after reload", GREEN), BLUE, BLUE) == 1
    assert count(observations("after reload", GREEN, GREEN, GREEN), BLUE, BLUE) == 1
    assert count(observations("after reload", GREEN, GREEN, BLUE, BLUE), BLUE, BLUE) == 2
    assert count(observations("after replace file", GREEN), BLUE, BLUE) == 0


@pytest.mark.parametrize("point", ["after reload", "after replace file", "before put back"])
def test_there_and_back_and_there_again_is_a_double_switch(point: str) -> None:
    with pytest.raises(AssertionError, match="double switch"):
        count(observations(point, GREEN, BLUE, GREEN), BLUE, BLUE)


def test_a_file_never_goes_back_to_an_older_order() -> None:
    written = [
        Observation(1, "after replace file", GREEN, (3, 2)),
        Observation(2, "after replace file", GREEN, (3, 1)),
    ]

    with pytest.raises(AssertionError, match="an older one"):
        count(written, BLUE, BLUE)
