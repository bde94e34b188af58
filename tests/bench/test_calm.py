"""What is measured again because other guests of the host took the processor."""

from dataclasses import dataclass

import pytest

from bench.calm import PATIENCE, Watch, calmest

pytestmark = pytest.mark.unit


@dataclass
class Measured:
    taken: float


def taken(shares: list[float], count: int) -> list[float]:
    measurements = iter(map(Measured, shares))
    return [each.taken for each in calmest(lambda: next(measurements), count)]


def test_in_calm_as_many_are_made_as_are_needed() -> None:
    assert taken([0.5, 0.1, 0.2, 99.0], 3) == [0.1, 0.2, 0.5]


def test_a_disturbed_one_is_made_again_and_does_not_count() -> None:
    assert taken([0.5, 12.0, 30.0, 0.1, 99.0], 2) == [0.1, 0.5]


def test_where_it_never_gets_calm_the_least_disturbed_ones_count() -> None:
    assert taken([float(each) for each in range(30, 30 - 2 * PATIENCE, -1)], 2) == [25.0, 26.0]


def test_what_is_taken_is_a_share() -> None:
    assert 0 <= Watch().taken() <= 100
