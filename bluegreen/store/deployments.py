"""Deployments in Redis: each method is one atomic step (WATCH / MULTI), whatever else runs beside it.

The decisions are the pure functions of `bluegreen.deployment.transitions`; here they are read for, and written.
Leases live by Redis's own clock.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from bluegreen import failpoints
from bluegreen.deployment import deadline, promotion, transitions
from bluegreen.deployment.errors import Busy
from bluegreen.deployment.event import Event, EventKind
from bluegreen.deployment.record import Deployment, now
from bluegreen.deployment.states import DEPLOY_PHASES, Phase, State
from bluegreen.deployment.transitions import UNCHANGED, Admission, Step
from bluegreen.store import counters, events, keys, outbox, schedules, workers
from bluegreen.store.answers import Answer as Reply
from bluegreen.store.answers import Ticket
from bluegreen.store.clock import redis_time
from bluegreen.store.records import Records, parse

T = TypeVar("T")

#: deployments kept in a service's history
HISTORY_LENGTH = 200


class Store(Records):
    """What workers write. What is asked by a service's name is asked of one installation."""

    # -- beginning and ending --------------------------------------------------------------------------

    def create(
        self,
        service: str,
        requested_by: str,
        starting_seconds: float = deadline.STARTING_SECONDS,
        run: schedules.ScheduledRun | None = None,
        ticket: Ticket | None = None,
        **fields: Any,
    ) -> Deployment:
        """Take the service's lock and a new generation, and record the deployment as queued.

        It expires unless a worker begins it within `starting_seconds`. With a ticket, its request is answered in
        the same step. Raises Busy, with the holder, when another deployment of the service is not final; Decided
        when it is for a schedule's run and another beat was quicker; Answered when the request was.
        """
        service_key = keys.service(self.installation, service)
        if overdue := self.redis.hget(service_key, "holder"):
            self.expire(overdue)
        starting_deadline = redis_time(self.redis) + timedelta(seconds=starting_seconds)
        ours, requested_at = uuid4().hex[:4], now()

        def step(pipe: Any) -> Deployment:
            holder = pipe.hget(service_key, "holder")
            held = parse(holder, pipe.get(keys.deployment(holder))) if holder else None
            if held and held.id.endswith(f"-{ours}") and held.requested_at == requested_at:
                return held  # written already; Redis's answer was lost on the way
            if ticket:
                ticket.require_open(pipe)
            # after the holder, who may be the very deployment that another beat has made for this run
            mark = schedules.claim(pipe, run) if run else None
            if held:
                _refuse(held)
            generation = int(pipe.hget(service_key, "generation") or 0) + 1
            outdated = pipe.lrange(keys.history(self.installation, service), 0, -HISTORY_LENGTH)
            live = pipe.hget(service_key, "live")
            deployment = Deployment(
                id=f"{service}-{self.installation}-{generation}-{ours}",
                service=service,
                installation=self.installation,
                requested_by=requested_by,
                requested_at=requested_at,
                starting_deadline=starting_deadline,
                generation=generation,
                **fields,
            )
            pipe.multi()
            if ticket:
                ticket.put(pipe, Reply(deployment_id=deployment.id))
            if run and mark:
                schedules.move(pipe, mark, run, deployment.id)
            pipe.hset(service_key, mapping={"holder": deployment.id, "generation": generation})
            pipe.rpush(keys.history(self.installation, service), deployment.id)
            pipe.ltrim(keys.history(self.installation, service), -HISTORY_LENGTH, -1)
            for each in outdated:
                if each != live:
                    pipe.delete(keys.deployment(each), keys.events(each))
            asked = {"kind": deployment.kind, "service": service, "asked": deployment.asked}
            queued = Event(EventKind.QUEUED, data=asked)
            return _write(
                pipe, deployment, Step(deployment, transitions.HANDOVER, transitions.HANDOVER_SECONDS, (queued,))
            )

        watched = [service_key]
        watched += [keys.schedule_cursor(self.installation, service)] if run else []
        watched += [ticket.key] if ticket else []
        with failpoints.around("create"):
            return self._transaction(step, *watched)

    def begin(
        self, deployment_id: str, phase: Phase, epoch: int, owner: str
    ) -> tuple[Admission, Deployment | None]:
        """Claim the phase for the owner; see `transitions.begin`. What is past its deadline expires instead.

        A phase of another installation is nothing for this store's workers, however they got its message.
        """
        if phase is DEPLOY_PHASES[0]:
            self.expire(deployment_id)

        def step(deployment: Deployment, lease: str | None) -> tuple[Admission, Step]:
            if deployment.installation != self.installation:
                return Admission.STALE, transitions.NOTHING
            return transitions.begin(deployment, lease, phase, epoch, owner)

        with failpoints.around(f"begin {phase}"):
            return self.change(deployment_id, step) or (Admission.STALE, None)

    def take_over(self, deployment_id: str) -> Deployment | None:
        """Fence out whoever ran it and return the record to relaunch; None when there is nothing to do."""
        with failpoints.around("take over"):
            changed = self.change(
                deployment_id, lambda deployment, lease: (None, transitions.take_over(deployment, lease))
            )
        return changed[1] if changed and changed[1] else None

    def request_abort(self, deployment_id: str, who: str, ticket: Ticket | None = None) -> Deployment | None:
        """Ask the deployment to stop and roll back; its record, for the caller to launch if it turns back at once.

        None: it is final, asked, rolling back, or past return.
        """
        with failpoints.around("request abort"):
            changed = self.change(
                deployment_id, lambda deployment, _: (None, transitions.request_abort(deployment, who)), ticket
            )
        return changed[1] if changed else None

    def promote(
        self,
        deployment_id: str,
        who: str,
        message: str | None = None,
        freeze_passed: str | None = None,
        ticket: Ticket | None = None,
    ) -> Deployment | None:
        """Have what waits for a promotion go on; its record, for the caller to launch. None: it does not wait."""
        moment = redis_time(self.redis)

        def step(deployment: Deployment, _: str | None) -> tuple[None, Step]:
            return None, promotion.promote(deployment, who, moment, message, freeze_passed)

        with failpoints.around("promote"):
            changed = self.change(deployment_id, step, ticket)
        return changed[1] if changed else None

    def end_wait(self, deployment_id: str, is_frozen: bool) -> Deployment | None:
        """End a wait for a promotion that is over; the record, for the caller to launch. None: it goes on."""
        moment = redis_time(self.redis)

        def step(deployment: Deployment, _: str | None) -> tuple[None, Step]:
            return None, promotion.time_out(deployment, moment, is_frozen)

        with failpoints.around("end wait"):
            changed = self.change(deployment_id, step)
        return changed[1] if changed else None

    def expire(self, deployment_id: str) -> Deployment | None:
        """End the deployment if nobody has begun it by its starting deadline; its record then, else None."""
        moment = redis_time(self.redis)

        def step(deployment: Deployment, _: str | None) -> tuple[None, Step]:
            if not deadline.is_over(deployment, moment):
                return None, transitions.NOTHING
            alive = workers.alive(self.redis).get(deployment.service, [])
            return None, deadline.expire(deployment, alive)

        changed = self.change(deployment_id, step)
        return changed[1] if changed else None

    def unlock(self, deployment_id: str, who: str, ticket: Ticket | None = None) -> bool:
        """Fence the deployment, end it as failed and free its lock. False: it had ended by itself."""
        changed = self.change(
            deployment_id, lambda deployment, _: (None, transitions.unlock(deployment, who)), ticket
        )
        return changed is not None

    def raise_generation(self, service: str, at_least: int) -> int:
        """Take a new generation above `at_least`: a proxy has seen more of them than this Redis has."""
        key = keys.service(self.installation, service)

        def step(pipe: Any) -> int:
            generation = max(int(pipe.hget(key, "generation") or 0), at_least) + 1
            pipe.multi()
            pipe.hset(key, "generation", generation)
            return generation

        return self._transaction(step, key)

    # -- how it is written -----------------------------------------------------------------------------

    def change(
        self,
        deployment_id: str,
        decide: Callable[[Deployment, str | None], tuple[T, Step]],
        ticket: Ticket | None = None,
    ) -> tuple[T, Deployment | None] | None:
        """Read, decide, write: (answer, the record as written). None: no such deployment, or it is final.

        With a ticket, what is written answers its request; raises Answered when it has its answer.
        """
        record_key, lease_key = keys.deployment(deployment_id), keys.lease(deployment_id)

        def step(pipe: Any) -> tuple[T, Deployment | None] | None:
            if ticket:
                ticket.require_open(pipe)
            text, lease = pipe.mget(record_key, lease_key)
            deployment = parse(deployment_id, text)
            if deployment is None or deployment.state.final:
                return None
            answer, decided = decide(deployment, lease)
            if decided == transitions.NOTHING:
                return answer, None
            pipe.multi()
            if ticket:
                ticket.put(pipe, Reply(deployment_id=deployment_id))
            return answer, _write(pipe, deployment, decided)

        return self._transaction(step, record_key, lease_key, *([ticket.key] if ticket else []))

    def _transaction(self, step: Callable[[Any], T], *watched: str) -> T:
        result: T = self.redis.transaction(step, *watched, value_from_callable=True)
        return result


def _write(pipe: Any, before: Deployment, step: Step) -> Deployment:
    """Queue the writes of a step, and what goes with a final state, into the caller's MULTI."""
    if step.lease is None:
        pipe.delete(keys.lease(before.id))
    elif step.lease != UNCHANGED:
        pipe.set(keys.lease(before.id), step.lease, px=int(step.lease_seconds * 1000))
    for event in step.events:
        events.add(pipe, before.id, event)
    if step.deployment is None:
        return before
    deployment: Deployment = step.deployment.with_(revision=before.revision + 1)
    outbox.put(pipe, before, deployment)
    pipe.set(keys.deployment(deployment.id), deployment.as_json())
    if deployment.state.final:
        counters.add(pipe, deployment)
        pipe.hdel(keys.service(deployment.installation, deployment.service), "holder")
    if deployment.to_adopted and deployment.state in (State.ROLLED_BACK, State.ABORTED):
        pipe.hdel(keys.service(deployment.installation, deployment.service), "live")
    if deployment.state is State.SUCCEEDED:
        pipe.hset(keys.service(deployment.installation, deployment.service), "live", deployment.id)
    return deployment


def _refuse(holder: Deployment) -> None:
    if holder.state.final:
        return
    saw = f"{holder.id} ({holder.label}), asked for by {holder.asked_by} {holder.seconds:.0f} s ago"
    if holder.state is State.AWAITING_PROMOTION:
        raise Busy(
            f"{holder.service}: another {holder.kind} waits for a promotion",
            saw,
            f"To have it go on: bluegreen promote {holder.id}. To undo it: bluegreen abort {holder.id}",
            holder.id,
        )
    phase = f" in {holder.phase}" if holder.phase else ""
    raise Busy(
        f"{holder.service}: another {holder.kind} is under way",
        f"{saw}, {holder.state.words}{phase}",
        f"Wait for it with: bluegreen watch {holder.id}",
        holder.id,
    )
