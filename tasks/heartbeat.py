"""Keeps a phase's lease alive while its work runs, and sees at once that it is lost or that somebody aborts."""

import threading
from typing import Self

from bluegreen.deployment.errors import AbortRequested, Superseded
from bluegreen.deployment.event import EventKind
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.transitions import HEARTBEAT_SECONDS
from bluegreen.store import events
from bluegreen.store.lease import Lease
from bluegreen.store.refusals import StoreError


class Heartbeat:
    """The lease is kept within the `with` block. It is the `Cancellation` of the phase's effects."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._cancelled = threading.Event()
        self._over = threading.Event()
        self._lost: Superseded | None = None

    def __enter__(self) -> Self:
        name = f"heartbeat {self._lease.deployment_id}"
        threading.Thread(target=self.beat, name=name, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def check(self) -> None:
        """Return when this worker may cause its next effect. Raises AbortRequested or Superseded."""
        if self._lost:
            raise self._lost  # for good: another worker may have had it, and died, since
        self._refuse_if_aborted(self._lease.check())

    def is_cancelled(self) -> bool:
        """Whether the lease is lost (as of the last beat) or an abort was asked for (at once)."""
        return self._cancelled.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until it is cancelled; then raise as `check` does."""
        if self._cancelled.wait(seconds):
            self.check()

    def report(self, message: str) -> None:
        """Add a note to the deployment's events."""
        self._lease.add_event(EventKind.NOTE, text=message)

    def beat(self) -> None:
        """Keep the lease until the block is left, or it is lost."""
        seen = "$"
        while not self._over.is_set():
            try:
                seen = self._last_event(seen)
                if not self._over.is_set():
                    self._refuse_if_aborted(self._lease.beat())
            except AbortRequested:
                self._cancelled.set()  # and the lease is kept: to stop takes time as well
            except Superseded as over:
                self._lost = over
                self._cancelled.set()
                return
            except StoreError:
                continue  # it is away for longer than our patience; once it is back, so is the lease

    def _last_event(self, seen: str) -> str:
        """Return after a second, or as soon as something happened: so an abort is seen at once."""
        redis, deployment_id = self._lease.store.redis, self._lease.deployment_id
        happened = list(events.read(redis, deployment_id, seen, HEARTBEAT_SECONDS))
        return happened[-1].id if happened else seen

    def _refuse_if_aborted(self, deployment: Deployment) -> None:
        is_late = deployment.past_point_of_no_return or self._lease.phase.undoes
        if deployment.abort_requested_by and not is_late:
            raise AbortRequested(f"aborted by {deployment.abort_requested_by}")
