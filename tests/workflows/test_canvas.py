"""The canvas: which tasks, in which order, and what happens on error."""

import json
from types import SimpleNamespace

import pytest
from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as Away

from bluegreen.deployment.errors import NotSent
from bluegreen.deployment.record import Deployment, now
from bluegreen.deployment.states import DEPLOY_PHASES, UNDO_PHASES, Phase, State
from bluegreen.store import keys
from tests.here import HERE
from workflows import deploy
from workflows.deploy import deploy_chain

pytestmark = pytest.mark.unit


def deployment(**fields: object) -> Deployment:
    values = {
        "id": "web-1-aa",
        "service": "web",
        "installation": HERE.id,
        "requested_by": "me",
        "requested_at": now(),
        "generation": 1,
    }
    return Deployment(**values | fields)


def names(canvas) -> list[str]:
    return [task.task for task in canvas.tasks]


def test_the_chain_is_the_seven_phases_and_printing_it_shows_them() -> None:
    canvas = deploy_chain(deployment())

    assert names(canvas) == [f"deploy.{phase}" for phase in DEPLOY_PHASES]
    assert [task.partition("(")[0].removeprefix("deploy.") for task in str(canvas).split(" | ")] == list(
        DEPLOY_PHASES
    )


def test_its_error_callback_is_the_undo_chain_at_the_next_epoch() -> None:
    (undo,) = deploy_chain(deployment(epoch=3)).options["link_error"]

    assert names(undo) == [f"undo.{phase}" for phase in UNDO_PHASES]
    assert {task.args for task in undo.tasks} == {("web", "web-1-aa", 4)}
    assert all(task.immutable for task in undo.tasks), "a first step that takes arguments would never run"


def test_a_relaunch_goes_on_from_the_recorded_phase() -> None:
    assert names(deploy_chain(deployment(phase=Phase.VERIFY_TRAFFIC, epoch=2))) == [
        "deploy.verify_traffic",
        "deploy.cleanup_old_version",
    ]
    rolling_back = deployment(state=State.ROLLING_BACK, phase=Phase.COLLECT_LOGS, epoch=5)
    assert [(task.task, task.args[2]) for task in deploy_chain(rolling_back).tasks] == [
        ("undo.collect_logs", 5),
        ("undo.remove_new_version", 5),
    ]


def test_the_last_phase_alone_still_has_its_undo_chain() -> None:
    canvas = deploy_chain(deployment(phase=Phase.CLEANUP_OLD_VERSION))

    assert "undo.restore_traffic" in json.dumps(canvas)


def test_messages_carry_names_and_a_number_and_nothing_else() -> None:
    for task in deploy_chain(deployment()).tasks:
        assert (task.args, task.kwargs, task.immutable) == (("web", "web-1-aa", 1), {}, True)


def test_every_message_goes_to_the_queue_of_the_deploy_host() -> None:
    canvas = deploy_chain(deployment())
    (undo,) = canvas.options["link_error"]

    assert {task.options["queue"] for task in (*canvas.tasks, *undo.tasks)} == {keys.queue(HERE.id)}


@pytest.mark.parametrize("error", [OperationalError("refused"), Away("refused")], ids=["broker", "Redis"])
def test_what_cannot_be_sent_is_not_tried_for_long_and_said(
    monkeypatch: pytest.MonkeyPatch, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker's sweep finds it without a message."""
    asked: list[dict[str, object]] = []

    def apply_async(**options: object) -> None:
        asked.append(options)
        raise error

    monkeypatch.setattr(deploy, "deploy_chain", lambda _: SimpleNamespace(apply_async=apply_async))

    with pytest.raises(NotSent, match="web-1-aa is recorded, but could not be sent: refused"):
        deploy.launch(deployment(epoch=2))
    deploy.launch_or_leave(deployment())

    assert {each["retry"] for each in asked} == {False} and {each["root_id"] for each in asked} == {
        "web-1-aa.1.checkout"
    }
    assert "could not be sent" in caplog.text
