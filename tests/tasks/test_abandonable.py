"""Work that hangs is left to itself."""

import threading
from collections.abc import Iterator

import pytest

from bluegreen.deployment.errors import AbortRequested
from tasks import abandonable
from tests.cancellations import Cut, Free

pytestmark = pytest.mark.unit


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """What work waits for that hangs."""
    over = threading.Event()
    yield over
    over.set()


def test_what_ends_is_returned() -> None:
    assert abandonable.run(lambda: "done", Free(), "work") == "done"


def test_what_takes_too_long_returns_nothing(hanging: threading.Event) -> None:
    assert abandonable.run(hanging.wait, Free(), "work", seconds=0.01) is None


def test_what_nobody_waits_for_any_more_is_left_at_once(hanging: threading.Event) -> None:
    with pytest.raises(AbortRequested):
        abandonable.run(hanging.wait, Cut(at_once=True), "work")


def test_what_is_left_to_itself_does_not_keep_a_worker_from_ending(hanging: threading.Event) -> None:
    abandonable.run(hanging.wait, Free(), "hangs for ever", seconds=0.01)

    (left,) = (each for each in threading.enumerate() if each.name == "hangs for ever")
    assert left.daemon
