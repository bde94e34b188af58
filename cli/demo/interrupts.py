"""Ctrl-C, and what else ends a program politely, all as one KeyboardInterrupt."""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from bluegreen.system import platform


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, the first polite signal raises KeyboardInterrupt; those that follow change nothing, to the end.

    After the first one only the tear-down is left, and a second Ctrl-C must not cut it short.
    """
    came: list[object] = []
    before = {each: signal.signal(each, lambda *_: came.append(_)) for each in platform.POLITE_SIGNALS}
    # The first time, it writes a file of its own to try the folder; an interrupt would leave that there.
    tempfile.gettempdir()
    for each in platform.POLITE_SIGNALS:
        signal.signal(each, _interrupt)
    try:
        if came:
            _interrupt()
        yield
    except KeyboardInterrupt:
        raise  # the program is about to end: an impatient Ctrl-C changes nothing about how
    except BaseException:
        _restore(before)
        raise
    else:
        _restore(before)


def ignore_interrupts() -> None:
    """From now on polite signals change nothing. Processes started from now on would inherit that."""
    for each in platform.POLITE_SIGNALS:
        signal.signal(each, signal.SIG_IGN)


def _interrupt(*_: object) -> None:
    ignore_interrupts()
    raise KeyboardInterrupt


def _restore(handlers: "dict[signal.Signals, signal._HANDLER]") -> None:
    for each, handler in handlers.items():
        signal.signal(each, handler)
