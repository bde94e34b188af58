"""Ctrl-C, and what else ends a program politely, all as one KeyboardInterrupt."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_POLITE = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, the first polite signal raises KeyboardInterrupt; those that follow change nothing.

    After the first one only the tear-down is left, and a second Ctrl-C must not cut it short.
    """
    before = {each: signal.signal(each, _interrupt) for each in _POLITE}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def ignore_interrupts() -> None:
    """From here to the end of `interruptible`, polite signals change nothing."""
    for each in _POLITE:
        signal.signal(each, _ignored)


def _interrupt(*_: object) -> None:
    ignore_interrupts()
    raise KeyboardInterrupt


def _ignored(*_: object) -> None:
    # A handler that does nothing, not SIG_IGN: children would inherit that.
    return
