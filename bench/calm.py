"""Tells what was measured in calm from what other guests of this host have disturbed: that tells of them.

A virtual machine is told how much of its processors' time was given to others instead: Linux's "steal", see
proc(5). It comes in bursts.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

import psutil

#: of the processors' time, in percent
CALM = 2.0
#: a disturbed measurement is made again, until so many times as many were made as are needed
PATIENCE = 3


class Watch:
    """What was taken since it was made."""

    def __init__(self) -> None:
        self._stolen, self._all = _times()

    def taken(self) -> float:
        """Percent of the processors' time; 0 on a machine that is not told."""
        stolen, every = _times()
        return 100 * (stolen - self._stolen) / max(every - self._all, 0.01)


class Watched(Protocol):
    """What was measured, and what was taken meanwhile."""

    @property
    def taken(self) -> float: ...


T = TypeVar("T", bound=Watched)


def calmest(measure: Callable[[], T], count: int) -> list[T]:
    """So many that were measured in calm; the least disturbed ones, where there are not so many."""
    seen: list[T] = []
    while sum(each.taken <= CALM for each in seen) < count and len(seen) < PATIENCE * count:
        seen.append(measure())
    return sorted(seen, key=lambda each: each.taken)[:count]


def _times() -> tuple[float, float]:
    times = psutil.cpu_times()._asdict()
    # what a guest of ours had is in the user's time already
    every = sum(seconds for kind, seconds in times.items() if not kind.startswith("guest"))
    return times.get("steal", 0.0), every
