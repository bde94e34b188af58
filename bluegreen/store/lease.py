"""A phase in its owner's hands: what the worker that has begun it may write, as long as it is the owner."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from bluegreen import failpoints
from bluegreen.deployment import transitions
from bluegreen.deployment.errors import AbortRequested, Superseded
from bluegreen.deployment.event import Data, Event, EventKind
from bluegreen.deployment.record import Deployment, Failure
from bluegreen.deployment.states import Phase
from bluegreen.deployment.transitions import Step
from bluegreen.store import keys
from bluegreen.store.clock import redis_time
from bluegreen.store.deployments import Store
from bluegreen.store.records import parse
from bluegreen.system.log_lines import shortened

#: characters of a text of an event, such as the log of a migration
MOST_SHOWN = 64 * 1024
#: characters of a sentence of the record, which is read and written as a whole, a hundred times
MOST_KEPT = 16 * 1024


class Lease:
    """A begun phase in its owner's hands. Each method raises Superseded once the lease is over."""

    def __init__(self, store: Store, deployment_id: str, phase: Phase, epoch: int, owner: str) -> None:
        self.store = store
        self.deployment_id = deployment_id
        self.phase = phase
        self.epoch = epoch
        self.owner = owner

    def beat(self) -> Deployment:
        """Extend the lease, or take it up again where it ran out and nobody else took it."""
        return self._write(lambda _: Step(None, self.owner))

    def note(self, **changes: Any) -> Deployment:
        """Save fields before the effect that they are about."""
        return self._write(lambda deployment: transitions.note(deployment, changes), f"note {' '.join(changes)}")

    def pass_point_of_no_return(self, **changes: Any) -> Deployment:
        """Close the way back, and save fields, unless an abort was asked for: AbortRequested then."""

        def step(deployment: Deployment) -> Step:
            if deployment.abort_requested_by:
                raise AbortRequested(f"aborted by {deployment.abort_requested_by}")
            return transitions.note(deployment, {**changes, "past_point_of_no_return": True})

        return self._write(step, "pass return")

    def add_event(self, kind: EventKind, **data: str | int) -> None:
        """Add to the events of this phase."""
        kept = {
            name: shortened(each, MOST_SHOWN) if isinstance(each, str) else each for name, each in data.items()
        }
        event = Event(kind, self.phase, kept)
        self._write(lambda _: Step(None, events=(event,)))

    def hand_over(self, error: str, attempt: int, attempts: int) -> Deployment:
        """Leave the phase for a retry that is sent at once: this attempt has failed."""
        why: Data = {"error": shortened(error, MOST_KEPT), "attempt": attempt, "attempts": attempts}
        return self._write(lambda deployment: transitions.hand_over(deployment, self.phase, why), "retry")

    def commit(self, message: str, failed: bool = False, **changes: Any) -> Deployment:
        """End the phase; committing twice is the same as once."""
        kept = shortened(message, MOST_KEPT)

        def step(deployment: Deployment) -> Step:
            return transitions.commit(deployment, self.phase, kept, changes, failed, self._clock)

        return self._write(step, "commit")

    def fail(self, failure: Failure) -> Deployment:
        """Turn the deployment to rolling back; only the first caller does."""
        parts = {each: shortened(getattr(failure, each), MOST_KEPT) for each in ("what", "saw", "advice")}
        kept = failure.with_(**parts)
        return self._write(lambda deployment: transitions.fail(deployment, self.phase, kept), "fail")

    def check(self) -> Deployment:
        """The record as it stands, if this claim still counts."""
        text, lease = self.store.redis.mget(keys.deployment(self.deployment_id), keys.lease(self.deployment_id))
        deployment = parse(self.deployment_id, text)
        if deployment is None or deployment.state.final:
            raise self._over()
        if not transitions.holds(deployment, lease, self.phase, self.epoch, self.owner):
            raise self._superseded()
        return deployment

    def _clock(self) -> datetime:
        return redis_time(self.store.redis)

    def _write(self, decide: Callable[[Deployment], Step], point: str | None = None) -> Deployment:
        def step(deployment: Deployment, lease: str | None) -> tuple[bool, Step]:
            if transitions.holds(deployment, lease, self.phase, self.epoch, self.owner):
                return True, decide(deployment)
            return False, transitions.NOTHING

        with failpoints.around(point) if point else nullcontext():
            changed = self.store.change(self.deployment_id, step)
        if changed is None:
            raise self._over()
        if changed[1] is None:
            raise self._superseded()
        return changed[1]

    def _over(self) -> Superseded:
        return Superseded(
            f"{self.deployment_id}: {self.phase} (epoch {self.epoch}) is not to go on: the deployment has ended, "
            "or Redis has lost its record",
            advice="What nginx serves, it goes on serving; the next deployment begins from that.",
        )

    def _superseded(self) -> Superseded:
        return Superseded(
            f"{self.deployment_id}: {self.phase} (epoch {self.epoch}) belongs to another worker now",
            advice="Nothing to do: that worker brings the deployment to its end.",
        )
