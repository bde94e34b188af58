"""Phases' claims, as the tests need them."""

import threading

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import AbortRequested, Superseded


class Free(NeverCancelled):
    """A guard that lets everything happen, counts how often it was asked, and keeps what it was told."""

    def __init__(self) -> None:
        self.asked = 0
        self.told: list[str] = []

    def check(self) -> None:
        self.asked += 1

    def report(self, message: str) -> None:
        self.told.append(message)


class Cut(NeverCancelled):
    """A guard that is cut when the test says so, or from the start."""

    def __init__(self, at_once: bool = False) -> None:
        self.event = threading.Event()
        if at_once:
            self.event.set()

    def check(self) -> None:
        if self.event.is_set():
            raise AbortRequested("somebody asked to stop")

    def is_cancelled(self) -> bool:
        return self.event.is_set()

    def pause(self, seconds: float) -> None:
        if self.event.wait(seconds):
            self.check()  # and it raises


class Stale(NeverCancelled):
    """The guard of a worker that another one has taken over from."""

    def check(self) -> None:
        raise Superseded("another worker has taken over")
