"""What is kept of a new version's log before it goes."""

import pytest

from bluegreen.deployment.event import EventKind
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color, Phase
from bluegreen.store import events
from tasks.undo.collect_logs import LINES, collect_logs
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit


def test_its_last_lines_stand_in_the_events(host: Host) -> None:
    host.runtime.colors[Color.GREEN] = Instance(False)
    host.runtime.lines[Color.GREEN] = "\n".join(f"line {number}" for number in range(LINES + 10))
    context = host.deployment(Phase.COLLECT_LOGS, to_color=Color.GREEN, started=True)

    assert collect_logs.work(context) == f"{LINES} log lines kept"

    (kept,) = [
        each for each in events.read(host.store.redis, context.deployment.id) if each.kind is EventKind.LOGS
    ]
    assert kept.data["text"].splitlines() == [f"line {number}" for number in range(10, LINES + 10)]


def test_a_version_that_said_nothing_leaves_no_event(host: Host) -> None:
    context = host.deployment(Phase.COLLECT_LOGS, to_color=Color.GREEN, started=True)

    assert collect_logs.work(context) == "0 log lines kept"
    assert not [
        each for each in events.read(host.store.redis, context.deployment.id) if each.kind is EventKind.LOGS
    ]


def test_the_log_of_a_colour_that_was_never_started_is_another_deployment_s(host: Host) -> None:
    host.runtime.lines[Color.GREEN] = "of another one"

    said = collect_logs.work(host.deployment(Phase.COLLECT_LOGS, to_color=Color.GREEN))

    assert said == "the new version was never started"
