"""What an effect asks before it happens, and during each wait: whether it is still ours to cause."""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Cancellation(Protocol):
    """Whether a phase's effects may still happen: its lease, as the effects see it."""

    def check(self) -> object:
        """Return when the effect may happen. Raises AbortRequested or Superseded."""

    def is_cancelled(self) -> bool:
        """Whether a long wait shall end now: `check` raises then. Cheap enough to ask a hundred times a second."""

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until it is cancelled; then raise as `check` does."""

    def report(self, message: str) -> None:
        """Report what a person should know of an effect, though nothing is wrong."""


class NeverCancelled:
    """For effects that nobody contests."""

    def check(self) -> None: ...

    def is_cancelled(self) -> bool:
        return False

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def report(self, message: str) -> None: ...


def wait_until(
    look: Callable[[], T], is_good: Callable[[T], bool], seconds: float, cancellation: Cancellation, poll: float
) -> T:
    """What was seen first that is good, else last when the seconds are over. Raises as `pause` does.

    It looks once at least, and then every `poll` seconds.
    """
    deadline = time.monotonic() + seconds
    while not is_good(seen := look()) and time.monotonic() < deadline:
        cancellation.pause(poll)
    return seen
