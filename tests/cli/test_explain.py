"""One deployment in plain sentences."""

from datetime import UTC, datetime

import pytest

from bluegreen.deployment.event import EventKind
from bluegreen.deployment.last_look import LastLook
from bluegreen.deployment.record import Deployment, Failure, PhaseRecord, Release
from bluegreen.deployment.states import Color, Phase, PhaseState, State
from bluegreen.store.events import StoredEvent
from cli.exits import ExitStatus, of_state
from cli.looking.explain import serving, to_do, what_happened
from cli.output.view import ending
from tests.here import HERE

pytestmark = pytest.mark.unit

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def deployment(state: State, *phases: PhaseRecord, **fields: object) -> Deployment:
    values = {
        "id": "web-7-aa",
        "service": "web",
        "installation": HERE.id,
        "requested_by": "ann@host",
        "requested_at": NOON,
        "finished_at": NOON.replace(second=5),
        "generation": 7,
        "state": state,
        "release": Release(name="v2"),
        "to_color": Color.GREEN,
        "phases": phases,
    }
    return Deployment(**values | fields)


def phase(name: Phase, state: PhaseState = PhaseState.DONE, **fields: object) -> PhaseRecord:
    return PhaseRecord(**{"name": name, "state": state, "started": NOON} | fields)


FAILURE = Failure(phase=Phase.HEALTH_CHECK, what="it did not get healthy", saw="500: oops", advice="Mend it.")


def test_a_success_is_told_with_nothing_to_do() -> None:
    ended = deployment(State.SUCCEEDED)

    assert what_happened(ended, [])[0].startswith("ann@host asked for a deploy of web (v2) at ")
    assert what_happened(ended, [])[-1] == "The deployment succeeded after 5.0 s."
    assert to_do(ended) == ["Nothing is to be done."]


def test_a_rollback_says_why_what_was_seen_and_whether_users_met_it() -> None:
    before = deployment(State.ROLLED_BACK, error=FAILURE)
    after = deployment(State.ROLLED_BACK, phase(Phase.SWITCH_TRAFFIC), error=FAILURE)

    assert "In health_check, it did not get healthy." in what_happened(before, [])
    assert "    500: oops" in what_happened(before, [])
    assert (
        what_happened(before, [])[-1] == "The deployment was rolled back after 5.0 s: traffic was never switched."
    )
    assert (
        what_happened(after, [])[-1] == "The deployment was rolled back after 5.0 s: the traffic was given back."
    )
    assert to_do(before) == ["Mend it."]


def test_retries_and_take_overs_are_told() -> None:
    lost = StoredEvent(EventKind.WORKER_LOST, Phase.HEALTH_CHECK, {"takeovers": 1}, id="1-0", time=NOON)
    again = deployment(State.SUCCEEDED, phase(Phase.HEALTH_CHECK, attempts=4, takeovers=1))

    sentences = what_happened(again, [lost])

    assert any("the worker in health_check went silent: taken over (1)." in each for each in sentences)
    assert "health_check needed 4 attempts." in sentences


def test_a_failure_calls_for_a_person() -> None:
    stuck = phase(Phase.RESTORE_TRAFFIC, PhaseState.FAILED, message="nginx is gone")
    failed = deployment(State.FAILED, stuck, error=FAILURE)

    assert "restore_traffic failed: nginx is gone." in what_happened(failed, [])
    assert to_do(failed)[0].startswith("A person is needed: ")


def test_what_a_last_look_saw_is_told_as_it_ended_and_in_the_last_lines() -> None:
    look = LastLook(False, "the old version does not serve (blue v1 is live and does not answer: 503)")
    failed = deployment(State.FAILED, phase(Phase.REMOVE_NEW_VERSION), error=FAILURE, last_look=look)

    assert what_happened(failed, [])[-2:] == ["The deployment failed after 5.0 s.", f"As it ended: {look.what}."]
    assert ending(failed)[-1] == look.what


def test_what_serves_is_the_last_success() -> None:
    assert serving(deployment(State.ROLLED_BACK), None) == ["No deployment of web has succeeded so far."]
    assert serving(deployment(State.ROLLED_BACK), deployment(State.SUCCEEDED)) == [
        "Release v2 is live on green, since web-7-aa."
    ]


def test_one_that_is_rolling_back_is_told_in_words() -> None:
    back = deployment(State.ROLLING_BACK, phase=Phase.RESTORE_TRAFFIC, finished_at=None, error=FAILURE)

    assert what_happened(back, [])[-1] == "The deployment is rolling back, in restore_traffic."


def test_one_that_runs_needs_nobody() -> None:
    running = deployment(State.RUNNING, phase=Phase.HEALTH_CHECK, finished_at=None)

    assert what_happened(running, [])[-1] == "The deployment is running, in health_check."
    assert "bluegreen watch web-7-aa" in to_do(running)[0]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.SUCCEEDED, ExitStatus.SUCCEEDED),
        (State.ROLLED_BACK, ExitStatus.ROLLED_BACK),
        (State.ABORTED, ExitStatus.ROLLED_BACK),
        (State.EXPIRED, ExitStatus.ROLLED_BACK),
        (State.FAILED, ExitStatus.FAILED),
        (State.RUNNING, ExitStatus.WAIT_RAN_OUT),
        (State.QUEUED, ExitStatus.WAIT_RAN_OUT),
    ],
)
def test_the_exit_status_is_the_deployments(state: State, status: ExitStatus) -> None:
    assert of_state(state) is status


def test_the_last_lines_say_how_it_ended_why_and_what_to_do() -> None:
    assert ending(deployment(State.ROLLED_BACK, error=FAILURE)) == [
        "web: v2 rolled back in 5.0 s (web-7-aa)",
        "it did not get healthy",
        "500: oops",
        "Mend it.",
    ]
