"""Pauses between two looks."""

from itertools import islice

import pytest

from bluegreen.backoff import growing

pytestmark = pytest.mark.unit


def test_pauses_grow_up_to_the_longest_and_stay_there() -> None:
    assert list(islice(growing(2, 3), 5)) == pytest.approx([2, 2.4, 2.88, 3, 3])


def test_what_happens_is_seen_late_by_a_fifth_of_its_wait_at_most() -> None:
    pauses = list(islice(growing(0.005, 60), 40))

    assert all(pauses[n] <= 0.2 * sum(pauses[:n]) + 0.005 for n in range(1, 40))
