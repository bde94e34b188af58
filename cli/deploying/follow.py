"""Follows a deployment's events to its end. The record decides when that is, never Celery's result."""

import time
from collections.abc import Callable
from typing import Protocol

from bluegreen.deployment.errors import BlueGreenError, Unanswered
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from bluegreen.store import events, owners, workers
from bluegreen.store.events import StoredEvent
from bluegreen.store.records import Records

#: seconds that one read of the stream blocks; the record is looked at in between
BLOCK = 1.0
#: seconds between two looks at the workers, and without any after which nobody waits on
LOOK_SECONDS, SILENT_SECONDS = 5.0, 120.0


class View(Protocol):
    """Something that shows a deployment to a person."""

    def show_event(self, event: StoredEvent, deployment: Deployment) -> None:
        """Show one event."""

    def show_end(self, deployment: Deployment) -> None:
        """Show how it ended, or that the wait is over."""


def follow(
    store: Records,
    deployment: Deployment,
    wait_seconds: float,
    view: View,
    over: Callable[[], bool] = lambda: False,
    until_promotion: bool = False,
) -> Deployment:
    """Show every event from the first on; return the record when it is final or the wait is over.

    `over` is asked about once a second, and ends the wait before its time, as does `until_promotion` while the
    deployment waits for one. Raises Unanswered when the deployment has had no worker for too long.
    """
    deadline, silence = time.monotonic() + wait_seconds, Silence(store, deployment)
    seen = "0"
    while True:
        ends = over() or time.monotonic() >= deadline
        # Read the record first: events of a final record are all written already.
        deployment = _require(store, deployment)
        ends = ends or deployment.state.final
        ends = ends or (until_promotion and deployment.state is State.AWAITING_PROMOTION)
        block = None if ends else max(0.01, min(BLOCK, deadline - time.monotonic()))
        stored = list(events.read(store.redis, deployment.id, seen, block))
        shown = _require(store, deployment) if stored else deployment
        for event in stored:
            seen = event.id
            view.show_event(event, shown)
        if ends:
            view.show_end(deployment)
            return deployment
        silence.check()


class Silence:
    """Looks now and then whether there is a worker to bring the deployment to its end."""

    def __init__(self, store: Records, deployment: Deployment) -> None:
        self._store = store
        self._record = deployment
        self._heard = self._looked = time.monotonic()

    def check(self) -> None:
        """Raise Unanswered when no worker has been alive for SILENT_SECONDS."""
        moment = time.monotonic()
        if moment - self._looked < LOOK_SECONDS:
            return
        self._looked = moment
        if workers.is_alive(self._store.redis, self._record.installation):
            self._heard = moment
        elif moment - self._heard >= SILENT_SECONDS:
            place = owners.place(self._store.redis, self._record.installation)
            raise Unanswered(
                f"no worker of {place} has been alive for {SILENT_SECONDS:g} s",
                f"{self._record.id} is not at its end",
                f"It goes on once one is started there (bluegreen worker): bluegreen watch {self._record.id}",
            )


def _require(store: Records, deployment: Deployment) -> Deployment:
    found = store.get(deployment.id)
    if found is None:
        raise BlueGreenError(
            f"Redis does not know {deployment.id} any more: it has lost its data",
            "What nginx served a moment ago, it still serves; no worker goes on with this deployment.",
            f"Deploy again: bluegreen deploy {deployment.service}",
        )
    return found
