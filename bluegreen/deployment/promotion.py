"""How a wait for a promotion ends: by a person's word, or by its time. Pure; `transitions` has how it begins."""

from datetime import datetime

from bluegreen.deployment.approval import BY_TIMEOUT
from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.event import Event, EventKind
from bluegreen.deployment.record import Deployment, Failure
from bluegreen.deployment.roles import Role
from bluegreen.deployment.states import Phase, State
from bluegreen.deployment.transitions import HANDOVER, HANDOVER_SECONDS, NOTHING, Step, turn_back


def promote(
    deployment: Deployment,
    who: str,
    moment: datetime,
    message: str | None = None,
    freeze_passed: str | None = None,
) -> Step:
    """Have what waits go on from its health check, which runs again: hours may have passed since."""
    if deployment.state is not State.AWAITING_PROMOTION:
        return NOTHING
    assert deployment.approval is not None, "what waits for a promotion has an approval"
    given = deployment.approval.with_(
        promoted_by=who, promoted_at=moment, message=message, freeze_passed=freeze_passed
    )
    # the health check that counts is the one before the switch
    phases = tuple(each for each in deployment.phases if each.name is not Phase.HEALTH_CHECK)
    promoted = deployment.with_(
        state=State.RUNNING,
        phase=Phase.HEALTH_CHECK,
        phases=phases,
        epoch=deployment.epoch + 1,
        approval=given,
    )
    event = Event(EventKind.PROMOTED, data={"what": given.words})
    return Step(promoted, HANDOVER, HANDOVER_SECONDS, (event,))


def not_waiting(deployment: Deployment) -> UsageError:
    """Why it cannot be promoted, for whoever wants it to be."""
    approval = deployment.approval
    seen = f"it is {deployment.state.words}{f', in {deployment.phase}' if deployment.phase else ''}"
    advice = f"What happened: bluegreen explain {deployment.id}"
    if approval and approval.is_given:
        seen = f"it was {approval.words}; now {seen}"
    elif approval and deployment.state in (State.QUEUED, State.RUNNING):
        advice = f"It will wait after its health check: bluegreen watch {deployment.id} --until-promotion"
    return UsageError(f"{deployment.id} does not wait for a promotion", seen, advice)


def not_by(deployment: Deployment, role: Role, needed: Role) -> UsageError:
    """Why one of that role cannot promote it."""
    return UsageError(
        f"{deployment.id} is not for this user of Redis to promote",
        f"the promotion came by the role {role}, and approval.by of {deployment.service} is {needed}",
        "Ask somebody who may: docs/operating.md#users.",
    )


def is_over(deployment: Deployment, moment: datetime) -> bool:
    """Whether it has waited for as long as it may."""
    if deployment.state is not State.AWAITING_PROMOTION or deployment.approval is None:
        return False
    return deployment.approval.until is not None and moment >= deployment.approval.until


def time_out(deployment: Deployment, moment: datetime, is_frozen: bool) -> Step:
    """End a wait that is over as its approval has it. A freeze holds what would go on, until the freeze ends."""
    if not is_over(deployment, moment):
        return NOTHING
    assert deployment.approval is not None
    if deployment.approval.on_timeout == "promote":
        return NOTHING if is_frozen else promote(deployment, BY_TIMEOUT, moment)
    failure = Failure(
        phase=Phase.HEALTH_CHECK,
        what=f"nobody promoted it within {deployment.approval.timeout:g} s",
        advice="The new version was healthy, and no user has met it. Deploy it again, and promote it in time; "
        "approval.timeout in bluegreen.toml is the time that it waits.",
    )
    return turn_back(deployment, failure, Event(EventKind.NOTE, data={"text": failure.what}))
