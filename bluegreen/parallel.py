"""Does several things at once that wait for others: for programs, for an Engine, for an nginx."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


def at_once(things: Sequence[S], act: Callable[[S], T]) -> list[T]:
    """Do it to all of them side by side; the first error, in their order, is raised when all are through."""
    with ThreadPoolExecutor(max_workers=max(1, len(things))) as pool:
        # with our context: it says for which service programs are run
        submitted = [pool.submit(copy_context().run, act, thing) for thing in things]
        return [each.result() for each in submitted]
