"""A process of its own that kills itself at a named point, as SIGKILL would from outside."""

import os
import signal
from collections.abc import Callable

from bluegreen import failpoints


def killed_at(point: str, times: int, act: Callable[[], object]) -> None:
    """Do it in a child that dies as it reaches the point for that time; it must come so far."""
    child = os.fork()
    if not child:
        failpoints.hook = _dying(point, times)
        try:
            act()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, f"not killed {point} ({times})"


def _dying(point: str, times: int) -> Callable[[str], None]:
    reached: list[str] = []

    def die(each: str) -> None:
        reached.append(each)
        if each == point and reached.count(point) == times:
            os.kill(os.getpid(), signal.SIGKILL)

    return die
