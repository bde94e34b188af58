"""What is measured again because other guests of the host took the processor."""

from collections import namedtuple
from dataclasses import dataclass
from typing import NamedTuple

import psutil
import pytest

from bench.calm import PATIENCE, Watch, calmest

pytestmark = pytest.mark.unit


@dataclass
class Measured:
    taken: float


class Times(NamedTuple):
    user: float
    idle: float
    guest: float
    steal: float


def taken(shares: list[float], count: int) -> list[float]:
    measurements = iter(map(Measured, shares))
    return [each.taken for each in calmest(lambda: next(measurements), count)]


def test_in_calm_as_many_are_made_as_are_needed() -> None:
    assert taken([0.5, 0.1, 0.2, 99.0], 3) == [0.1, 0.2, 0.5]


def test_a_disturbed_one_is_made_again_and_does_not_count() -> None:
    assert taken([0.5, 12.0, 30.0, 0.1, 99.0], 2) == [0.1, 0.5]


def test_where_it_never_gets_calm_the_least_disturbed_ones_count() -> None:
    assert taken([float(each) for each in range(30, 30 - 2 * PATIENCE, -1)], 2) == [25.0, 26.0]


def test_what_is_taken_is_a_share_of_all_that_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([Times(user=10, idle=5, guest=4, steal=1), Times(user=12, idle=6, guest=6, steal=2)])
    monkeypatch.setattr(psutil, "cpu_times", lambda: next(times))

    assert Watch().taken() == 25  # of 2 + 1 + 1 seconds: a guest's are among the user's


def test_a_machine_that_is_not_told_counts_as_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_times", lambda: namedtuple("Times", "user idle")(1, 1))

    assert Watch().taken() == 0
