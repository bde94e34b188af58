"""What an effect asks before it happens, and during each wait: whether it is still ours to cause."""

import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from bluegreen.deployment.errors import AbortRequested

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


class Stoppable:
    """Another cancellation, which whoever waits for the work can also end."""

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Afterwards the work is cancelled, as by an abort."""
        self._stopped.set()

    def check(self) -> None:
        self._cancellation.check()
        if self._stopped.is_set():
            raise AbortRequested("nobody waits for it any more")

    def is_cancelled(self) -> bool:
        return self._stopped.is_set() or self._cancellation.is_cancelled()

    def pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self.is_cancelled():
            self._stopped.wait(min(left, 0.1))
        if self.is_cancelled():
            self.check()

    def report(self, message: str) -> None:
        self._cancellation.report(message)


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
