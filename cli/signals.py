"""What ends a command before its time.

SIGTERM to a client that waits, such as Jenkins sends when a build is aborted: the deployment is aborted too.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def catch_stop() -> Iterator[Callable[[], bool]]:
    """Within the block the first SIGTERM only makes the answer True; a second one ends the process.

    Windows has no such signal: there a process is ended without a word, and `bluegreen abort ID` does the same.
    """
    caught: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        caught.append(number)
        signal.signal(signal.SIGTERM, before)

    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield lambda: bool(caught)
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def catch_end(stop: threading.Event) -> Iterator[None]:
    """Within the block SIGTERM and Ctrl-C set the event, for a command that runs until then."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
