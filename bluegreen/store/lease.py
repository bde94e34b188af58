"""A phase in its owner's hands: what the worker that has begun it may write, as long as it is the owner."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from bluegreen import failpoints
from bluegreen.deployment import transitions
from bluegreen.deployment.errors import AbortRequested, Superseded
from bluegreen.deployment.record import Failure, Record
from bluegreen.deployment.states import Phase
from bluegreen.deployment.transitions import Event, Step
from bluegreen.store import keys
from bluegreen.store.deployments import Store
from bluegreen.system.log_lines import shortened

#: characters of a line of the events, such as the log of a migration
MOST_TOLD = 64 * 1024
#: characters of a sentence of the record, which is read and written as a whole, a hundred times
MOST_KEPT = 16 * 1024


class Claim:
    """A begun phase in its owner's hands. Each method raises Superseded once the claim is over."""

    def __init__(self, store: Store, deployment: str, phase: Phase, epoch: int, owner: str) -> None:
        self.store = store
        self.deployment = deployment
        self.phase = phase
        self.epoch = epoch
        self.owner = owner

    def beat(self) -> Record:
        """Extend the lease, or take it up again where it ran out and nobody else took it."""
        return self._write(lambda _: Step(None, self.owner))

    def note(self, **changes: Any) -> Record:
        """Save fields before the effect that they are about."""
        return self._write(lambda record: transitions.note(record, changes), f"note {' '.join(changes)}")

    def pass_return(self, **changes: Any) -> Record:
        """Close the way back, and save fields, unless an abort was asked for: AbortRequested then."""

        def step(record: Record) -> Step:
            if record.abort_requested_by:
                raise AbortRequested(f"aborted by {record.abort_requested_by}")
            return transitions.note(record, {**changes, "past_return": True})

        return self._write(step, "pass return")

    def tell(self, message: str, kind: str = "told") -> None:
        """Add a line to the events."""
        event = Event(kind, shortened(message, MOST_TOLD), self.phase)
        self._write(lambda _: Step(None, events=(event,)))

    def hand_over(self, message: str) -> Record:
        """Leave the phase for a retry that is sent at once."""
        kept = shortened(message, MOST_KEPT)
        return self._write(lambda record: transitions.hand_over(record, self.phase, kept), "retry")

    def commit(self, message: str, failed: bool = False, **changes: Any) -> Record:
        """End the phase; committing twice is the same as once."""
        kept = shortened(message, MOST_KEPT)
        return self._write(lambda record: transitions.commit(record, self.phase, kept, changes, failed), "commit")

    def fail(self, failure: Failure) -> Record:
        """Turn the deployment to rolling back; only the first caller does."""
        parts = {each: shortened(getattr(failure, each), MOST_KEPT) for each in ("what", "saw", "advice")}
        kept = failure.with_(**parts)
        return self._write(lambda record: transitions.fail(record, self.phase, kept), "fail")

    def check(self) -> Record:
        """The record as it stands, if this claim still counts."""
        record = self.store.get(self.deployment)
        lease = self.store.redis.get(keys.lease(self.deployment))
        if record is None or record.state.final:
            raise self._over()
        if not transitions.holds(record, lease, self.phase, self.epoch, self.owner):
            raise self._superseded()
        return record

    def _write(self, decide: Callable[[Record], Step], point: str | None = None) -> Record:
        def step(record: Record, lease: str | None) -> tuple[bool, Step]:
            if transitions.holds(record, lease, self.phase, self.epoch, self.owner):
                return True, decide(record)
            return False, transitions.NOTHING

        with failpoints.around(point) if point else nullcontext():
            changed = self.store.change(self.deployment, step)
        if changed is None:
            raise self._over()
        if changed[1] is None:
            raise self._superseded()
        return changed[1]

    def _over(self) -> Superseded:
        return Superseded(
            f"{self.deployment}: {self.phase} (epoch {self.epoch}) is not to go on: the deployment has ended, or "
            "Redis has lost its record",
            advice="What nginx serves, it goes on serving; the next deployment begins from that.",
        )

    def _superseded(self) -> Superseded:
        return Superseded(
            f"{self.deployment}: {self.phase} (epoch {self.epoch}) belongs to another worker now",
            advice="Nothing to do: that worker brings the deployment to its end.",
        )
