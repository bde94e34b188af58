"""Does several things at once that wait for others: for programs, for an Engine, for an nginx."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar, cast

S = TypeVar("S")
T = TypeVar("T")


def both(first: Callable[[], S], second: Callable[[], T]) -> tuple[S, T]:
    """The results of two, called side by side; where both fail, the first one's error is raised."""
    one: Callable[[], S | T] = first
    results = at_once([one, second], lambda call: call())
    return cast(S, results[0]), cast(T, results[1])


def at_once(things: Sequence[S], act: Callable[[S], T]) -> list[T]:
    """Do it to all of them side by side; the first error, in their order, is raised when all are through."""
    with ThreadPoolExecutor(max_workers=max(1, len(things))) as pool:
        # with our context: it says for which service programs are run
        submitted = [pool.submit(copy_context().run, act, thing) for thing in things]
        return [each.result() for each in submitted]
