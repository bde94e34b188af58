"""How long is waited for something to come right."""

import pytest

from bluegreen.deployment.cancellation import wait_until
from bluegreen.deployment.errors import AbortRequested
from tests.cancellations import Cut, Free

pytestmark = pytest.mark.unit


def is_large(number: int) -> bool:
    return number > 2


def test_the_first_good_one_ends_the_wait() -> None:
    looks = iter(range(100))

    assert wait_until(lambda: next(looks), is_large, 60, Free(), 0) == 3


def test_the_last_one_is_returned_when_the_time_is_over() -> None:
    looks = iter([1, 2])

    assert wait_until(lambda: next(looks), is_large, 0, Free(), 0) == 1, "one look, however short the time"
    assert wait_until(lambda: 2, is_large, 0.01, Free(), 0) == 2


def test_a_wait_that_is_cancelled_ends_at_once() -> None:
    with pytest.raises(AbortRequested):
        wait_until(lambda: 1, is_large, 60, Cut(at_once=True), 60)
