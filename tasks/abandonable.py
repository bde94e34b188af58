"""Work that may hang, such as a request, in a thread that is left to itself when nobody waits for it any more."""

import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import TypeVar

from bluegreen.deployment.cancellation import Cancellation

T = TypeVar("T")

#: seconds between two looks whether anybody still waits
POLL = 0.1


def run(work: Callable[[], T], cancellation: Cancellation, name: str, seconds: float = inf) -> T | None:
    """What the work returns; None when it takes longer. Raises as `check` does once cancelled.

    The work itself must not raise.
    """
    results: list[T] = []
    working = threading.Thread(target=lambda: results.append(work()), name=name, daemon=True)
    working.start()
    deadline = monotonic() + seconds
    while working.is_alive() and monotonic() < deadline:
        working.join(min(POLL, max(0.0, deadline - monotonic())))
        if cancellation.is_cancelled():
            cancellation.check()
    return results[0] if results else None
