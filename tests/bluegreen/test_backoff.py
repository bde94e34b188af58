"""Pauses between two looks."""

from itertools import islice

import pytest

from bluegreen.backoff import growing

pytestmark = pytest.mark.unit


def test_pauses_grow_up_to_the_longest_and_stay_there() -> None:
    assert list(islice(growing(2, 7), 6)) == [2, 3, 4.5, 6.75, 7, 7]
