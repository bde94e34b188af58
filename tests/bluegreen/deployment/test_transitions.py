"""How a record may change, whoever asks, however often, however late."""

import pytest

from bluegreen.deployment import transitions
from bluegreen.deployment.last_look import LastLook
from bluegreen.deployment.record import Deployment, Failure, now
from bluegreen.deployment.states import DEPLOY_PHASES, Phase, PhaseState, State
from bluegreen.deployment.transitions import HANDOVER, NOTHING, Admission
from cli.output.sentences import sentence
from tests.here import HERE

pytestmark = pytest.mark.unit


def queued() -> Deployment:
    return Deployment(
        id="web-1-aa", service="web", installation=HERE.id, requested_by="me", requested_at=now(), generation=1
    )


def begun(deployment: Deployment, owner: str = "me") -> Deployment:
    assert deployment.phase is not None
    answer, step = transitions.begin(deployment, HANDOVER, deployment.phase, deployment.epoch, owner)
    assert answer is Admission.RUN and step.deployment is not None
    return step.deployment


def committed(deployment: Deployment) -> Deployment:
    assert deployment.phase is not None
    step = transitions.commit(begun(deployment), deployment.phase, "", {})
    assert step.deployment is not None
    return step.deployment


def at(phase: Phase) -> Deployment:
    """A deployment in which this phase is running."""
    deployment = queued()
    while deployment.phase is not phase:
        deployment = committed(deployment)
    return begun(deployment)


def failed(phase: Phase) -> Deployment:
    step = transitions.fail(at(phase), phase, Failure(phase=phase, what="it broke"))
    assert step.deployment is not None
    return step.deployment


def test_the_phases_follow_each_other_to_success() -> None:
    deployment = queued()
    for _ in DEPLOY_PHASES:
        deployment = committed(deployment)

    assert deployment.state is State.SUCCEEDED
    assert [entry.name for entry in deployment.phases] == list(DEPLOY_PHASES)
    assert all(entry.state is PhaseState.DONE for entry in deployment.phases)


def test_a_phase_belongs_to_one_live_worker() -> None:
    deployment = at(Phase.HEALTH_CHECK)

    assert transitions.begin(deployment, "other", Phase.HEALTH_CHECK, 1, "me") == (Admission.BUSY, NOTHING)


def test_a_message_that_comes_twice_after_the_commit_lets_the_chain_go_on() -> None:
    deployment = committed(queued())

    assert transitions.begin(deployment, HANDOVER, Phase.CHECKOUT, 1, "me") == (Admission.DONE, NOTHING)


def test_a_message_from_before_a_take_over_is_stale() -> None:
    deployment = at(Phase.HEALTH_CHECK)
    taken = transitions.take_over(deployment, None).deployment

    assert taken is not None and taken.epoch == 2
    assert transitions.begin(taken, None, Phase.HEALTH_CHECK, 1, "me") == (Admission.STALE, NOTHING)
    assert transitions.begin(taken, HANDOVER, Phase.HEALTH_CHECK, 2, "me")[0] is Admission.RUN


def test_a_message_for_a_phase_to_come_is_stale() -> None:
    assert transitions.begin(queued(), HANDOVER, Phase.SWITCH_TRAFFIC, 1, "me")[0] is Admission.STALE


@pytest.mark.parametrize("lease", [None, "me"])
def test_an_expired_lease_is_still_the_owners_until_somebody_takes_it(lease: str | None) -> None:
    deployment = at(Phase.HEALTH_CHECK)

    assert transitions.holds(deployment, lease, Phase.HEALTH_CHECK, 1, "me")
    assert not transitions.holds(deployment, "other", Phase.HEALTH_CHECK, 1, "me")
    assert not transitions.holds(deployment.with_(epoch=2), lease, Phase.HEALTH_CHECK, 1, "me")


@pytest.mark.parametrize("phase", DEPLOY_PHASES)
def test_a_failure_turns_to_rolling_back_and_fences_the_forward_messages(phase: Phase) -> None:
    deployment = failed(phase)

    assert (deployment.state, deployment.phase, deployment.epoch) == (State.ROLLING_BACK, Phase.RESTORE_TRAFFIC, 2)
    assert transitions.begin(deployment, HANDOVER, phase, 1, "me")[0] in (Admission.STALE, Admission.DONE)


def test_a_rollback_ends_rolled_back() -> None:
    deployment = failed(Phase.HEALTH_CHECK)
    for _ in range(3):
        deployment = committed(deployment)

    assert deployment.state is State.ROLLED_BACK
    assert deployment.error is not None and deployment.error.what == "it broke"


def test_a_rollback_that_somebody_asked_for_ends_aborted() -> None:
    deployment = failed(Phase.HEALTH_CHECK).with_(abort_requested_by="me")
    for _ in range(3):
        deployment = committed(deployment)

    assert deployment.state is State.ABORTED


@pytest.mark.parametrize(
    ("problem", "ending"),
    [
        (Phase.COLLECT_LOGS, State.ROLLED_BACK),
        (Phase.RESTORE_TRAFFIC, State.FAILED),
        (Phase.REMOVE_NEW_VERSION, State.FAILED),
    ],
)
def test_an_undo_phase_in_trouble_goes_on_and_the_last_one_judges(problem: Phase, ending: State) -> None:
    deployment = failed(Phase.HEALTH_CHECK)
    while deployment.phase is not None:
        phase = deployment.phase
        step = transitions.commit(begun(deployment), phase, "", {}, failed=phase is problem)
        assert step.deployment is not None
        deployment = step.deployment

    assert deployment.state is ending


def test_past_the_point_of_return_trouble_ends_forward() -> None:
    deployment = at(Phase.CLEANUP_OLD_VERSION).with_(past_point_of_no_return=True)
    failure = Failure(phase=Phase.CLEANUP_OLD_VERSION, what="it does not stop")
    ended = transitions.fail(deployment, Phase.CLEANUP_OLD_VERSION, failure).deployment

    assert ended is not None
    assert (ended.state, ended.warnings) == (State.SUCCEEDED, ("it does not stop",))


@pytest.mark.parametrize("lease", ["other", HANDOVER])
def test_nobody_is_taken_over_while_there_is_a_lease(lease: str) -> None:
    assert transitions.take_over(at(Phase.HEALTH_CHECK), lease) == NOTHING


def test_a_lost_message_is_sent_again_and_costs_no_take_over() -> None:
    taken = transitions.take_over(queued(), None).deployment

    assert taken is not None
    assert (taken.state, taken.epoch, taken.phases) == (State.QUEUED, 2, ())


def test_a_phase_that_kills_its_workers_is_rolled_back() -> None:
    deployment = at(Phase.DEPLOY_NEW_VERSION)
    for _ in range(transitions.MAX_TAKEOVERS + 1):
        taken = transitions.take_over(deployment, None).deployment
        assert taken is not None
        deployment = taken

    assert (deployment.state, deployment.phase) == (State.ROLLING_BACK, Phase.RESTORE_TRAFFIC)
    assert deployment.error is not None and "workers died" in deployment.error.what


def test_an_undo_phase_that_kills_its_workers_is_left_out_and_a_person_called() -> None:
    deployment = begun(failed(Phase.HEALTH_CHECK).with_(phase=Phase.REMOVE_NEW_VERSION))
    for _ in range(transitions.MAX_TAKEOVERS + 1):
        taken = transitions.take_over(deployment, None).deployment
        assert taken is not None
        deployment = taken

    assert deployment.state is State.FAILED


def test_a_cleanup_that_kills_its_workers_past_return_ends_forward() -> None:
    deployment = at(Phase.CLEANUP_OLD_VERSION).with_(past_point_of_no_return=True)
    while deployment.phase is not None:
        taken = transitions.take_over(deployment, None).deployment
        assert taken is not None
        deployment = taken

    assert deployment.state is State.SUCCEEDED
    assert deployment.warnings


def test_an_abort_is_refused_once_there_is_no_way_back() -> None:
    assert transitions.request_abort(at(Phase.HEALTH_CHECK), "me").deployment is not None
    assert transitions.request_abort(failed(Phase.HEALTH_CHECK), "me") == NOTHING
    assert (
        transitions.request_abort(at(Phase.CLEANUP_OLD_VERSION).with_(past_point_of_no_return=True), "me")
        == NOTHING
    )


def test_a_phase_whose_begin_redis_has_forgotten_is_nobodys() -> None:
    deployment = queued()
    begun = transitions.begin(deployment, HANDOVER, Phase.CHECKOUT, 1, "me")[1].deployment
    assert begun is not None and transitions.holds(begun, "me", Phase.CHECKOUT, 1, "me")

    assert not transitions.holds(deployment, None, Phase.CHECKOUT, 1, "me")


SERVES = LastLook(True, "the old version serves (blue v1 answers)")
LOST = LastLook(False, "the old version does not serve (blue v1 is live and does not answer: 503: away)")
UNSEEN = LastLook(None, "what users get could not be looked at (the Docker Engine does not answer)")


def undone(look: LastLook | None, problem: Phase | None = None) -> tuple[Deployment, str]:
    """A rollback at whose end this was seen; its record, and the last of its events."""
    deployment = failed(Phase.HEALTH_CHECK)
    while deployment.phase is not None:
        phase, changes = deployment.phase, {"last_look": look}
        step = transitions.commit(begun(deployment), phase, "", changes, failed=phase is problem)
        assert step.deployment is not None
        deployment = step.deployment
    return deployment, sentence(step.events[-1])


@pytest.mark.parametrize(
    ("look", "ending", "told"),
    [
        (SERVES, State.ROLLED_BACK, f"rolled back: {SERVES.what}"),
        (LOST, State.FAILED, f"failed: {LOST.what}: a person is needed"),
        (UNSEEN, State.ROLLED_BACK, f"rolled back: {UNSEEN.what}"),
        (None, State.ROLLED_BACK, "rolled back: what users get was not looked at"),
    ],
)
def test_a_rollback_ends_as_its_last_look_has_it(look: LastLook | None, ending: State, told: str) -> None:
    deployment, message = undone(look)

    assert (deployment.state, message) == (ending, told)
    assert deployment.error is not None and deployment.error.what == "it broke"


def test_an_aborted_deployment_after_which_the_old_version_does_not_serve_has_failed() -> None:
    deployment = begun(failed(Phase.HEALTH_CHECK).with_(phase=Phase.REMOVE_NEW_VERSION, abort_requested_by="me"))
    ended = transitions.commit(deployment, Phase.REMOVE_NEW_VERSION, "", {"last_look": LOST}).deployment

    assert ended is not None and ended.state is State.FAILED


def test_a_rollback_that_could_not_finish_says_both() -> None:
    deployment, message = undone(SERVES, problem=Phase.REMOVE_NEW_VERSION)

    assert deployment.state is State.FAILED
    assert message == f"failed: the rollback could not finish, {SERVES.what}: a person is needed"


def test_past_the_point_of_return_a_deployment_whose_version_does_not_serve_has_failed() -> None:
    look = LastLook(False, "the new version does not serve (nginx.conf serves blue v3)")
    deployment = at(Phase.CLEANUP_OLD_VERSION).with_(past_point_of_no_return=True, last_look=look)
    failure = Failure(phase=Phase.CLEANUP_OLD_VERSION, what="blue is kept")
    step = transitions.fail(deployment, Phase.CLEANUP_OLD_VERSION, failure)

    assert step.deployment is not None
    assert (step.deployment.state, step.deployment.error, step.deployment.warnings) == (State.FAILED, failure, ())
    assert sentence(step.events[-1]) == f"failed: {look.what}: a person is needed"
