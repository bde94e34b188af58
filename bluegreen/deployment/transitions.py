"""How a record may change: pure functions from (record, lease, who asks) to what shall be written.

A message names (deployment, phase, epoch). Whoever runs a phase holds the *lease*, a key in Redis with a few
seconds to live whose value is the owner. Between two phases it belongs to nobody (`HANDOVER`), for as long
as the next message may reasonably take. Nothing here talks to Redis; `bluegreen.store.deployments` makes each
step atomic.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bluegreen.deployment.event import Data, Event, EventKind
from bluegreen.deployment.last_look import seen
from bluegreen.deployment.record import Deployment, Failure, PhaseRecord, now
from bluegreen.deployment.states import FINAL_STATES, UNDO_PHASES, Phase, PhaseState, State

#: a lease lives this long without a heartbeat; a killed worker is noticed after it
LEASE_SECONDS = 6.0
#: the owner extends its lease this often
HEARTBEAT_SECONDS = 1.0
#: a message from one phase to the next may take this long on an idle worker
HANDOVER_SECONDS = 4.0
#: a phase in which workers died this often is not tried again
MAX_TAKEOVERS = 3

#: states in which no worker has anything to do
_AT_REST = FINAL_STATES | {State.AWAITING_PROMOTION}

HANDOVER = "handover"
#: as a step's lease: leave the key as it is
UNCHANGED = "unchanged"


class Admission(StrEnum):
    """What a worker that holds a message shall do with it."""

    #: run the phase: the lease is yours
    RUN = "run"
    #: it is committed already: let the chain go on
    DONE = "done"
    #: the message is from before a take-over or a rollback: drop it
    STALE = "stale"
    #: another live worker runs this very phase: drop it
    BUSY = "busy"


@dataclass(frozen=True)
class Step:
    """What one atomic write shall do. `record` None leaves the record; `lease` None deletes the lease."""

    deployment: Deployment | None
    lease: str | None = UNCHANGED
    lease_seconds: float = LEASE_SECONDS
    events: tuple[Event, ...] = ()


NOTHING = Step(None)


def begin(
    deployment: Deployment, lease: str | None, phase: Phase, epoch: int, owner: str
) -> tuple[Admission, Step]:
    """Claim a phase. RUN: the owner holds the lease, and the phase is recorded as running."""
    entry = deployment.phase_record(phase)
    if deployment.epoch != epoch or deployment.state is State.AWAITING_PROMOTION:
        return Admission.STALE, NOTHING
    if deployment.phase is not phase:
        committed = entry is not None and entry.state is not PhaseState.RUNNING
        return (Admission.DONE if committed else Admission.STALE), NOTHING
    if lease not in (None, HANDOVER, owner):
        return Admission.BUSY, NOTHING
    if lease == owner:
        return Admission.RUN, NOTHING
    if entry is None:
        entry = PhaseRecord(name=phase, state=PhaseState.RUNNING, started=now())
        event = Event(EventKind.PHASE_STARTED, phase)
    else:
        entry = entry.with_(attempts=entry.attempts + 1)
        event = Event(EventKind.PHASE_CONTINUED, phase, {"attempt": entry.attempts})
    state = State.RUNNING if deployment.state is State.QUEUED else deployment.state
    return Admission.RUN, Step(deployment.with_phase(entry).with_(state=state), owner, events=(event,))


def holds(deployment: Deployment, lease: str | None, phase: Phase, epoch: int, owner: str) -> bool:
    """Whether the owner may still cause effects. An expired lease that nobody took is still the owner's.

    A phase that a Redis has forgotten, as one that crashed may the last second, has no owner: it is begun again.
    """
    is_ours = deployment.epoch == epoch and deployment.phase is phase and lease in (None, owner)
    return is_ours and deployment.phase_record(phase) is not None


def note(deployment: Deployment, changes: Mapping[str, Any]) -> Step:
    """Save fields in the middle of a phase, before the effect that they are about."""
    return Step(deployment.with_(**changes))


def hand_over(deployment: Deployment, phase: Phase, why: Data) -> Step:
    """Leave a phase unfinished for the message that will try it again. `why`: the data of ATTEMPT_FAILED."""
    event = Event(EventKind.ATTEMPT_FAILED, phase, why)
    return Step(deployment, HANDOVER, HANDOVER_SECONDS, (event,))


def commit(
    deployment: Deployment,
    phase: Phase,
    message: str,
    changes: Mapping[str, Any],
    failed: bool = False,
    clock: Callable[[], datetime] = now,
) -> Step:
    """End a phase and go to the next, or, after the last one, to the final state.

    After the health check of a deployment that wants an approval, wait for it, from what the `clock` says on.
    """
    entry = _ended(deployment, phase, PhaseState.FAILED if failed else PhaseState.DONE, message)
    event = _ending_of(entry)
    advanced = deployment.with_phase(entry).with_(**changes, phase=phase.next)
    if phase.next is None:
        return _finish(advanced, (event,))
    if phase is Phase.HEALTH_CHECK and _wants_approval(deployment):
        return _hold(advanced, event, clock())
    return Step(advanced, HANDOVER, HANDOVER_SECONDS, (event,))


def _wants_approval(deployment: Deployment) -> bool:
    """What shall be aborted goes on to its next phase, which sees to that."""
    approval = deployment.approval
    return approval is not None and not approval.is_given and not deployment.abort_requested_by


def _hold(deployment: Deployment, ending: Event, moment: datetime) -> Step:
    """Wait for a promotion, without a lease. The epoch rises: no message counts while it waits."""
    assert deployment.approval is not None
    approval = deployment.approval.with_(waiting_since=moment)
    assert approval.until is not None
    held = deployment.with_(
        state=State.AWAITING_PROMOTION, phase=Phase.HEALTH_CHECK, epoch=deployment.epoch + 1, approval=approval
    )
    wait = {"deployment": held.id, "until": approval.until.isoformat(), "on_timeout": approval.on_timeout}
    if held.preview:
        wait["preview"] = held.preview.words
    return Step(held, None, events=(ending, Event(EventKind.AWAITING_PROMOTION, data=wait)))


def fail(deployment: Deployment, phase: Phase, failure: Failure) -> Step:
    """Turn from running to rolling back; the epoch rises, so that no forward message counts any more."""
    if deployment.past_point_of_no_return:
        return _finish_past_point_of_no_return(deployment, failure)
    turned, event = deployment, Event(EventKind.PHASE_FAILED, phase, {"error": failure.what})
    if deployment.phase_record(phase) is not None:
        entry = _ended(deployment, phase, PhaseState.FAILED, failure.what)
        turned, event = deployment.with_phase(entry), _ending_of(entry)
    return turn_back(turned, failure, event)


def turn_back(deployment: Deployment, failure: Failure, *before: Event) -> Step:
    """Turn to rolling back, whoever has it in hand; `before`: what led to that."""
    turned = deployment.with_(
        state=State.ROLLING_BACK,
        phase=UNDO_PHASES[0],
        epoch=deployment.epoch + 1,
        error=failure,
        last_look=None,
    )
    return Step(turned, HANDOVER, HANDOVER_SECONDS, (*before, Event(EventKind.ROLLING_BACK)))


def take_over(deployment: Deployment, lease: str | None) -> Step:
    """Fence out a worker that died or froze. The epoch rises; the caller relaunches from the recorded phase.

    After MAX_TAKEOVERS of one forward phase the deployment rolls back; of one undo phase, that phase is
    recorded as failed and the next one runs.
    """
    if lease is not None or deployment.state in _AT_REST or deployment.phase is None:
        return NOTHING
    phase = deployment.phase
    entry = deployment.phase_record(phase)
    if entry is None:
        event = Event(EventKind.MESSAGE_LOST, phase)
        return Step(deployment.with_(epoch=deployment.epoch + 1), HANDOVER, HANDOVER_SECONDS, (event,))
    if entry.takeovers >= MAX_TAKEOVERS:
        return _give_up(deployment, phase)
    entry = entry.with_(takeovers=entry.takeovers + 1)
    event = Event(EventKind.WORKER_LOST, phase, {"takeovers": entry.takeovers})
    return Step(
        deployment.with_phase(entry).with_(epoch=deployment.epoch + 1), HANDOVER, HANDOVER_SECONDS, (event,)
    )


def request_abort(deployment: Deployment, who: str) -> Step:
    """Ask the running phase to stop; what nobody has begun yet is aborted there and then.

    What waits for a promotion turns back: the caller launches its rollback. Nothing happens to a deployment that
    is over, already asked, or turning back.
    """
    if (
        deployment.state.final
        or deployment.state is State.ROLLING_BACK
        or deployment.past_point_of_no_return
        or deployment.abort_requested_by
    ):
        return NOTHING
    if deployment.state is State.QUEUED:
        ended = deployment.with_(state=State.ABORTED, phase=None, abort_requested_by=who, finished_at=now())
        return Step(ended, None, events=(_end(State.ABORTED, aborted_by=who),))
    event, asked = Event(EventKind.ABORT_REQUESTED, data={"who": who}), deployment.with_(abort_requested_by=who)
    if deployment.state is State.AWAITING_PROMOTION:
        return turn_back(asked, Failure(phase=Phase.HEALTH_CHECK, what=f"aborted by {who}"), event)
    return Step(asked, events=(event,))


def unlock(deployment: Deployment, who: str) -> Step:
    """End a deployment by a person's word. The epoch rises first of all: whoever still runs it is fenced out."""
    phase = deployment.phase or Phase.CHECKOUT
    failure = Failure(
        phase=phase,
        what=f"unlocked by {who} while in {phase}",
        advice="Nothing was undone. The next deployment goes on from what nginx serves.",
    )
    ended = deployment.with_(
        state=State.FAILED, phase=None, epoch=deployment.epoch + 1, error=failure, finished_at=now()
    )
    return Step(ended, None, events=(_end(State.FAILED, error=failure.what),))


def _give_up(deployment: Deployment, phase: Phase) -> Step:
    what = f"workers died in {phase} {MAX_TAKEOVERS + 1} times"
    if phase.undoes:
        step = commit(deployment, phase, what, {}, failed=True)
        assert step.deployment is not None
        return Step(step.deployment.with_(epoch=deployment.epoch + 1), step.lease, step.lease_seconds, step.events)
    return fail(deployment, phase, Failure(phase=phase, what=what, advice="Look at the worker's log."))


def _ended(deployment: Deployment, phase: Phase, state: PhaseState, message: str) -> PhaseRecord:
    entry = deployment.phase_record(phase)
    assert entry is not None, f"{phase} ends without having begun"
    seconds = round((now() - entry.started).total_seconds(), 3)
    ended: PhaseRecord = entry.with_(state=state, message=message, seconds=seconds)
    return ended


def _ending_of(entry: PhaseRecord) -> Event:
    assert entry.seconds is not None
    if entry.state is PhaseState.FAILED:
        return Event(EventKind.PHASE_FAILED, entry.name, {"error": entry.message, "seconds": entry.seconds})
    return Event(EventKind.PHASE_DONE, entry.name, {"result": entry.message, "seconds": entry.seconds})


def _end(state: State, **data: str | bool) -> Event:
    return Event(EventKind.ENDED, data={"state": state.value, **data})


def _finish(deployment: Deployment, events: tuple[Event, ...]) -> Step:
    state = _ending(deployment)
    finished = deployment.with_(state=state, phase=None, finished_at=now())
    end = _end(state, seen=seen(deployment.last_look), is_undone=_is_undone(deployment))
    return Step(finished, None, events=(*events, end))


def _finish_past_point_of_no_return(deployment: Deployment, failure: Failure) -> Step:
    """The old version is partly stopped: problems are noted, and the way is forward, unless users get another."""
    phase = failure.phase
    entry = _ended(deployment, phase, PhaseState.FAILED, failure.what)
    noted = deployment.with_phase(entry).with_(warnings=(*deployment.warnings, failure.what))
    if _ending(noted) is State.FAILED:
        noted = deployment.with_phase(entry).with_(error=failure)
    return _finish(noted, (_ending_of(entry),))


def _ending(deployment: Deployment) -> State:
    if deployment.last_look and deployment.last_look.serves is False:
        return State.FAILED
    if deployment.state is not State.ROLLING_BACK:
        return State.SUCCEEDED
    if _is_undone(deployment):
        return State.ABORTED if deployment.abort_requested_by else State.ROLLED_BACK
    return State.FAILED


def _is_undone(deployment: Deployment) -> bool:
    undone = {entry.name: entry.state for entry in deployment.phases}
    judging = (phase for phase in UNDO_PHASES if phase is not Phase.COLLECT_LOGS)
    return not any(undone.get(phase) is PhaseState.FAILED for phase in judging)
