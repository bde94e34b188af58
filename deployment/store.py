"""Deployments in Redis: each method is one atomic step (WATCH / MULTI), whatever else runs beside it.

The decisions are the pure functions of `deployment.transitions`; here they are read for, and written.
Leases live by Redis's own clock.
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TypeVar
from uuid import uuid4

from redis import Redis

from deployment import events, keys, points, transitions
from deployment.errors import AbortRequested, Busy, Superseded
from deployment.record import Failure, Record, now
from deployment.states import Phase, State
from deployment.transitions import UNCHANGED, Answer, Event, Step

T = TypeVar("T")

#: deployments kept in a service's history
HISTORY_LENGTH = 200


class Store:
    """All deployments of one Redis."""

    def __init__(self, redis: Redis) -> None:
        # redis-py's types know nothing of decode_responses: all that comes back here is str
        self.redis: Any = redis

    # -- reading ---------------------------------------------------------------------------------------

    def get(self, deployment: str) -> Record | None:
        """The record, or None where there is none (never was, too old, or Redis lost it)."""
        text = self.redis.get(keys.record(deployment))
        return Record.model_validate_json(text) if text else None

    def history(self, service: str) -> list[Record]:
        """The service's deployments, oldest first."""
        ids = self.redis.lrange(keys.history(service), 0, -1)
        texts = self.redis.mget([keys.record(each) for each in ids]) if ids else []
        return [Record.model_validate_json(text) for text in texts if text]

    def holder(self, service: str) -> Record | None:
        """The deployment that holds the service's lock."""
        holder = self.redis.hget(keys.service(service), "holder")
        return self.get(holder) if holder else None

    def live(self, service: str) -> Record | None:
        """The last deployment that succeeded. What really serves, the proxies say."""
        live = self.redis.hget(keys.service(service), "live")
        return self.get(live) if live else None

    def is_leased(self, deployment: str) -> bool:
        """Whether somebody runs a phase of it, or its next message is on the way."""
        return bool(self.redis.exists(keys.lease(deployment)))

    # -- beginning and ending --------------------------------------------------------------------------

    def create(self, service: str, requested_by: str, **fields: Any) -> Record:
        """Take the service's lock and a new generation, and record the deployment as queued.

        Raises Busy, with the holder, when another deployment of the service is not final.
        """
        service_key = keys.service(service)

        def step(pipe: Any) -> Record:
            holder = pipe.hget(service_key, "holder")
            text = pipe.get(keys.record(holder)) if holder else None
            if text:
                _refuse(Record.model_validate_json(text))
            generation = int(pipe.hget(service_key, "generation") or 0) + 1
            outdated = pipe.lrange(keys.history(service), 0, -HISTORY_LENGTH)
            live = pipe.hget(service_key, "live")
            record = Record(
                id=f"{service}-{generation}-{uuid4().hex[:4]}",
                service=service,
                requested_by=requested_by,
                requested_at=now(),
                generation=generation,
                **fields,
            )
            pipe.multi()
            pipe.hset(service_key, mapping={"holder": record.id, "generation": generation})
            pipe.rpush(keys.history(service), record.id)
            pipe.ltrim(keys.history(service), -HISTORY_LENGTH, -1)
            for each in outdated:
                if each != live:
                    pipe.delete(keys.record(each), keys.events(each))
            queued = Event("queued", f"{record.kind} of {service} asked for by {requested_by}")
            return _write(
                pipe, record, Step(record, transitions.HANDOVER, transitions.HANDOVER_SECONDS, (queued,))
            )

        return self._transaction(step, service_key)

    def begin(self, deployment: str, phase: Phase, epoch: int, owner: str) -> tuple[Answer, Record | None]:
        """Claim the phase for the owner; see `transitions.begin`."""

        def step(record: Record, lease: str | None) -> tuple[Answer, Step]:
            return transitions.begin(record, lease, phase, epoch, owner)

        with points.around(f"begin {phase}"):
            return self.change(deployment, step) or (Answer.STALE, None)

    def take_over(self, deployment: str) -> Record | None:
        """Fence out whoever ran it and return the record to relaunch; None when there is nothing to do."""
        with points.around("take over"):
            changed = self.change(deployment, lambda record, lease: (None, transitions.take_over(record, lease)))
        return changed[1] if changed and changed[1] else None

    def request_abort(self, deployment: str, who: str) -> bool:
        """Ask the deployment to stop and roll back. False: it is final, rolling back, or past return."""
        changed = self.change(deployment, lambda record, _: (None, transitions.request_abort(record, who)))
        return bool(changed and changed[1])

    def unlock(self, deployment: str, who: str) -> bool:
        """Fence the deployment, end it as failed and free its lock. False: it had ended by itself."""
        changed = self.change(deployment, lambda record, _: (None, transitions.unlock(record, who)))
        return changed is not None

    def raise_generation(self, service: str, at_least: int) -> int:
        """Take a new generation above `at_least`: a proxy has seen more of them than this Redis has."""
        key = keys.service(service)

        def step(pipe: Any) -> int:
            generation = max(int(pipe.hget(key, "generation") or 0), at_least) + 1
            pipe.multi()
            pipe.hset(key, "generation", generation)
            return generation

        return self._transaction(step, key)

    # -- one phase, by its owner -----------------------------------------------------------------------

    def claim(self, deployment: str, phase: Phase, epoch: int, owner: str) -> "Claim":
        """The owner's side of a phase that was begun."""
        return Claim(self, deployment, phase, epoch, owner)

    # -- how it is written -----------------------------------------------------------------------------

    def change(
        self, deployment: str, decide: Callable[[Record, str | None], tuple[T, Step]]
    ) -> tuple[T, Record | None] | None:
        """Read, decide, write: (answer, the record as written). None: no such deployment, or it is final."""
        record_key, lease_key = keys.record(deployment), keys.lease(deployment)

        def step(pipe: Any) -> tuple[T, Record | None] | None:
            text, lease = pipe.get(record_key), pipe.get(lease_key)
            record = Record.model_validate_json(text) if text else None
            if record is None or record.state.final:
                return None
            answer, decided = decide(record, lease)
            if decided == transitions.NOTHING:
                return answer, None
            pipe.multi()
            return answer, _write(pipe, record, decided)

        return self._transaction(step, record_key, lease_key)

    def _transaction(self, step: Callable[[Any], T], *watched: str) -> T:
        result: T = self.redis.transaction(step, *watched, value_from_callable=True)
        return result


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
        return self._write(lambda record: transitions.note(record, changes), "note")

    def pass_return(self) -> Record:
        """Close the way back, unless an abort was asked for: AbortRequested then."""

        def step(record: Record) -> Step:
            if record.abort_requested_by:
                raise AbortRequested(f"aborted by {record.abort_requested_by}")
            return transitions.note(record, {"past_return": True})

        return self._write(step, "pass return")

    def tell(self, message: str, kind: str = "told") -> None:
        """Add a line to the events."""
        event = Event(kind, message, self.phase)
        self._write(lambda _: Step(None, events=(event,)))

    def hand_over(self, message: str, seconds: float) -> Record:
        """Leave the phase for a retry that comes within `seconds`."""
        return self._write(lambda record: transitions.hand_over(record, self.phase, message, seconds), "retry")

    def commit(self, message: str, failed: bool = False, **changes: Any) -> Record:
        """End the phase; committing twice is the same as once."""
        return self._write(
            lambda record: transitions.commit(record, self.phase, message, changes, failed), "commit"
        )

    def fail(self, failure: Failure) -> Record:
        """Turn the deployment to rolling back; only the first caller does."""
        return self._write(lambda record: transitions.fail(record, self.phase, failure), "fail")

    def check(self) -> Record:
        """The record as it stands, if this claim still counts."""
        record = self.store.get(self.deployment)
        lease = self.store.redis.get(keys.lease(self.deployment))
        if record is None or not transitions.holds(record, lease, self.phase, self.epoch, self.owner):
            raise self._superseded()
        return record

    def _write(self, decide: Callable[[Record], Step], point: str | None = None) -> Record:
        def step(record: Record, lease: str | None) -> tuple[bool, Step]:
            if transitions.holds(record, lease, self.phase, self.epoch, self.owner):
                return True, decide(record)
            return False, transitions.NOTHING

        with points.around(point) if point else nullcontext():
            changed = self.store.change(self.deployment, step)
        if changed is None or changed[1] is None:
            raise self._superseded()
        return changed[1]

    def _superseded(self) -> Superseded:
        return Superseded(
            f"{self.deployment}: {self.phase} (epoch {self.epoch}) belongs to another worker now",
            advice="Nothing to do: that worker brings the deployment to its end.",
        )


def _write(pipe: Any, before: Record, step: Step) -> Record:
    """Queue the writes of a step, and what goes with a final state, into the caller's MULTI."""
    if step.lease is None:
        pipe.delete(keys.lease(before.id))
    elif step.lease != UNCHANGED:
        pipe.set(keys.lease(before.id), step.lease, px=int(step.lease_seconds * 1000))
    for event in step.events:
        events.add(pipe, before.id, event)
    if step.record is None:
        return before
    record: Record = step.record.with_(revision=before.revision + 1)
    pipe.set(keys.record(record.id), record.model_dump_json())
    if record.state.final:
        pipe.hdel(keys.service(record.service), "holder")
    if record.state is State.SUCCEEDED:
        pipe.hset(keys.service(record.service), "live", record.id)
    return record


def _refuse(holder: Record) -> None:
    if holder.state.final:
        return
    phase = f" in {holder.phase}" if holder.phase else ""
    raise Busy(
        f"{holder.service}: another {holder.kind} is under way",
        f"{holder.id} ({holder.ref or 'the workspace as it is'}), asked for by {holder.requested_by} "
        f"{holder.seconds:.0f} s ago, {holder.state}{phase}",
        f"Wait for it with: bluegreen watch {holder.id}",
        holder.id,
    )
