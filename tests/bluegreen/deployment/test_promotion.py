"""A deployment that waits for a promotion: what may end the wait, whoever asks, however often, however late."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bluegreen.deployment import promotion, transitions
from bluegreen.deployment.approval import BY_TIMEOUT, Approval
from bluegreen.deployment.event import EventKind
from bluegreen.deployment.record import Deployment, now
from bluegreen.deployment.states import Phase, State
from bluegreen.deployment.transitions import HANDOVER, NOTHING, Admission, Step
from cli.output.sentences import sentence
from tests.bluegreen.deployment.test_transitions import at, failed

pytestmark = pytest.mark.unit

BEGAN = now()
OVER = BEGAN + timedelta(seconds=60)


def checked(**changes: object) -> Step:
    """The end of the health check of a deployment that wants an approval."""
    deployment = at(Phase.HEALTH_CHECK).with_(approval=Approval(timeout=60), **changes)
    return transitions.commit(deployment, Phase.HEALTH_CHECK, "healthy", {}, clock=lambda: BEGAN)


def waiting(**changes: object) -> Deployment:
    """One that waits; `changes` are those of its approval."""
    deployment = checked().deployment
    assert deployment is not None and deployment.approval is not None
    return deployment.with_(approval=deployment.approval.with_(**changes))


def promoted(deployment: Deployment, who: str = "ann") -> Deployment:
    after = promotion.promote(deployment, who, BEGAN).deployment
    assert after is not None
    return after


def test_it_waits_after_its_health_check_without_a_lease_and_says_until_when() -> None:
    step = checked()

    assert step.deployment is not None and step.lease is None
    assert (step.deployment.state, step.deployment.phase, step.deployment.epoch) == (
        State.AWAITING_PROMOTION,
        Phase.HEALTH_CHECK,
        2,
    )
    assert step.deployment.approval is not None and step.deployment.approval.until == OVER
    assert [each.kind for each in step.events] == [EventKind.PHASE_DONE, EventKind.AWAITING_PROMOTION]
    assert "to go on: bluegreen promote web-1-aa\nto undo it: bluegreen abort web-1-aa" in sentence(step.events[1])


@pytest.mark.parametrize(("phase", "epoch"), [(Phase.HEALTH_CHECK, 1), (Phase.SWITCH_TRAFFIC, 1)])
def test_no_message_of_its_chain_counts_while_it_waits(phase: Phase, epoch: int) -> None:
    for each in (epoch, epoch + 1):
        assert transitions.begin(waiting(), None, phase, each, "me") == (Admission.STALE, NOTHING)


def test_nobody_takes_it_over() -> None:
    assert transitions.take_over(waiting(), None) == NOTHING


def test_what_shall_be_aborted_does_not_wait() -> None:
    after = checked(abort_requested_by="me").deployment

    assert after is not None and (after.state, after.phase) == (State.RUNNING, Phase.SWITCH_TRAFFIC)


def test_a_promotion_runs_the_health_check_again_and_keeps_who_and_why() -> None:
    step = promotion.promote(waiting(), "ann", OVER, "looks good")

    after = step.deployment
    assert after is not None and step.lease == HANDOVER
    assert (after.state, after.phase, after.epoch) == (State.RUNNING, Phase.HEALTH_CHECK, 3)
    assert after.phase_record(Phase.HEALTH_CHECK) is None, "attempts are counted from one again"
    assert after.approval is not None and after.approval.promoted_at == OVER
    assert sentence(step.events[0]) == "promoted by ann: looks good"


def test_once_promoted_it_waits_no_more() -> None:
    _, begun = transitions.begin(promoted(waiting()), HANDOVER, Phase.HEALTH_CHECK, 3, "me")
    assert begun.deployment is not None

    after = transitions.commit(begun.deployment, Phase.HEALTH_CHECK, "healthy", {}).deployment

    assert after is not None and (after.state, after.phase) == (State.RUNNING, Phase.SWITCH_TRAFFIC)


@pytest.mark.parametrize(
    "deployment",
    [at(Phase.HEALTH_CHECK), failed(Phase.CHECKOUT), promoted(waiting())],
    ids=lambda each: each.state,
)
def test_what_does_not_wait_is_not_promoted(deployment: Deployment) -> None:
    assert promotion.promote(deployment, "bob", BEGAN) == NOTHING
    assert promotion.time_out(deployment, OVER, is_frozen=False) == NOTHING


def test_an_abort_turns_it_back_at_once_and_then_nobody_can_promote_it() -> None:
    step = transitions.request_abort(waiting(), "bob")

    after = step.deployment
    assert after is not None and step.lease == HANDOVER
    assert (after.state, after.phase, after.epoch) == (State.ROLLING_BACK, Phase.RESTORE_TRAFFIC, 3)
    assert after.abort_requested_by == "bob"
    assert promotion.promote(after, "ann", BEGAN) == NOTHING == transitions.request_abort(after, "bob")


def test_its_time_undoes_it_and_not_a_moment_before() -> None:
    early = OVER - timedelta(milliseconds=1)
    assert promotion.time_out(waiting(), early, is_frozen=False) == NOTHING

    step = promotion.time_out(waiting(), OVER, is_frozen=True)

    after = step.deployment
    assert after is not None and after.state is State.ROLLING_BACK
    assert [sentence(each) for each in step.events] == ["nobody promoted it within 60 s", "rolling back"]
    assert after.error is not None and after.error.what == "nobody promoted it within 60 s"


def test_its_time_may_promote_it_but_in_no_freeze() -> None:
    deployment = waiting(on_timeout="promote")

    assert promotion.time_out(deployment, OVER, is_frozen=True) == NOTHING
    after = promotion.time_out(deployment, OVER, is_frozen=False).deployment
    assert after is not None and after.approval is not None
    assert (after.state, after.approval.promoted_by) == (State.RUNNING, BY_TIMEOUT)


@pytest.mark.parametrize(
    ("deployment", "said"),
    [
        (at(Phase.HEALTH_CHECK), "it is running, in health_check"),
        (promoted(waiting()), "it was promoted by ann; now it is running, in health_check"),
    ],
)
def test_who_promotes_what_does_not_wait_hears_why(deployment: Deployment, said: str) -> None:
    refused = promotion.not_waiting(deployment)

    assert (refused.what, refused.saw) == ("web-1-aa does not wait for a promotion", said)
    assert "bluegreen explain web-1-aa" in refused.advice


def test_one_that_will_wait_is_worth_waiting_for() -> None:
    refused = promotion.not_waiting(at(Phase.CHECKOUT).with_(approval=Approval(timeout=60)))

    assert "bluegreen watch web-1-aa --until-promotion" in refused.advice


def secret(change: Callable[[str], Approval]) -> str:
    return change("https://ann:hunter2@host/").as_json()


def test_what_stands_in_it_has_no_secret_of_a_url() -> None:
    approval = Approval(timeout=60)

    for name in ("promoted_by", "message", "freeze_passed"):
        assert "hunter2" not in secret(lambda text, name=name: approval.with_(**{name: text}))


def test_a_record_that_waits_is_read_as_it_was_written() -> None:
    deployment = waiting()

    read = Deployment.from_json(deployment.as_json())

    assert read == deployment and read.approval is not None and isinstance(read.approval.waiting_since, datetime)
