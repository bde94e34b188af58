"""A phase that ends at any of its moments: by a kill at a named point, or by an error where it asks to go on."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bluegreen import failpoints
from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import AbortRequested, BlueGreenError
from tasks.context import PhaseContext
from tasks.phase import Work
from tests.tasks.memory import Host


class Killed(BaseException):
    """Nothing in the program catches it, as nothing catches a SIGKILL."""


@contextmanager
def hooked(hook: Callable[[str], None]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(failpoints, "hook", hook)
        yield


def points_of(work: Callable[[], object]) -> list[str]:
    """The named points that it passes."""
    passed: list[str] = []
    with hooked(passed.append):
        work()
    return passed


@contextmanager
def killed_at(number: int) -> Iterator[None]:
    """The block is killed at its point of that number."""
    passed = iter(range(number + 1))

    def hook(point: str) -> None:
        if next(passed) == number:
            raise Killed(point)

    with hooked(hook), pytest.raises(Killed):
        yield


class CutAt(NeverCancelled):
    """A cancellation that is cut where it is asked for the `number`th time."""

    def __init__(self, number: int, error: type[BlueGreenError] = AbortRequested) -> None:
        self.left = number
        self.error = error

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise self.error("somebody asked to stop")


def killed(
    host: Callable[[], Host], begin: Callable[[Host], PhaseContext], work: Work
) -> Iterator[tuple[str, Host, PhaseContext]]:
    """The phase, killed at each of its points in turn; then host and context are given, to go on or turn back."""
    whole = begin(host())
    points = points_of(lambda: work(whole))
    assert points, "nothing of the phase is named"
    for number, point in enumerate(points):
        here = host()
        context = begin(here)
        with killed_at(number):
            work(context)
        yield f"killed {point}", here, context


def kills(
    host: Callable[[], Host], begin: Callable[[Host], PhaseContext], work: Work
) -> Iterator[tuple[str, Host]]:
    """The same, worked again by a successor."""
    for when, here, context in killed(host, begin, work):
        work(here.again(context))
        yield when, here


def aborts(
    host: Callable[[], Host], begin: Callable[[Host], PhaseContext], work: Work
) -> Iterator[tuple[str, Host, PhaseContext]]:
    """The phase, cut each time that it asks whether to go on; then host and context are given, to turn it back."""
    for number in itertools.count():
        here = host()
        context = begin(here)
        context = here.context(context.lease, context.deployment, CutAt(number))
        try:
            work(context)
        except AbortRequested:
            yield f"aborted at question {number}", here, context
        else:
            assert number, "it asks at least once"
            return
