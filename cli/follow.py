"""Follows a deployment's events to its end. The record decides when that is, never Celery's result."""

import time
from collections.abc import Callable
from typing import Protocol

from deployment import events
from deployment.errors import BlueGreenError
from deployment.events import Happening
from deployment.record import Record
from deployment.states import State
from deployment.store import Store

#: seconds that one read of the stream blocks; the record is looked at in between
BLOCK = 1.0


class View(Protocol):
    """Something that shows a deployment to a person."""

    def happened(self, happening: Happening, record: Record) -> None:
        """Show one event."""

    def ended(self, record: Record) -> None:
        """Show how it ended, or that the wait is over."""


def follow(
    store: Store, record: Record, wait_seconds: float, view: View, over: Callable[[], bool] = lambda: False
) -> Record:
    """Show every event from the first on; return the record when it is final or the wait is over.

    `over` is asked about once a second, and ends the wait before its time. What no worker begins expires here.
    """
    deadline = time.monotonic() + wait_seconds
    seen = "0"
    while True:
        ends = over() or time.monotonic() >= deadline
        # Read the record first: events of a final record are all written already.
        record = _known(store, record)
        if record.state is State.QUEUED:
            record = store.expire(record.id) or record
        block = None if record.state.final or ends else max(0.01, min(BLOCK, deadline - time.monotonic()))
        happenings = list(events.read(store.redis, record.id, seen, block))
        shown = _known(store, record) if happenings else record
        for happening in happenings:
            seen = happening.id
            view.happened(happening, shown)
        if record.state.final or ends:
            view.ended(record)
            return record


def _known(store: Store, record: Record) -> Record:
    found = store.get(record.id)
    if found is None:
        raise BlueGreenError(
            f"Redis does not know {record.id} any more: it has lost its data",
            "What nginx served a moment ago, it still serves; no worker goes on with this deployment.",
            f"Deploy again: bluegreen deploy {record.service}",
        )
    return found
