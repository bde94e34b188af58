"""Each kind of event as a sentence, or as the lines of a program."""

from datetime import datetime
from typing import Any

from bluegreen.deployment.event import Event, EventKind
from bluegreen.deployment.states import State
from cli.output.times import clock

_TEMPLATES = {
    EventKind.QUEUED: "{kind} of {service} {asked}",
    EventKind.PHASE_STARTED: "started",
    EventKind.PHASE_CONTINUED: "goes on (attempt {attempt})",
    EventKind.ATTEMPT_FAILED: "attempt {attempt} of {attempts}: {error}",
    EventKind.PHASE_DONE: "{result}",
    EventKind.PHASE_FAILED: "{error}",
    EventKind.ROLLING_BACK: "rolling back",
    EventKind.MESSAGE_LOST: "the message for {phase} was lost: sent again",
    EventKind.WORKER_LOST: "the worker in {phase} went silent: taken over ({takeovers})",
    EventKind.ABORT_REQUESTED: "abort asked for by {who}",
    EventKind.PROMOTED: "{what}",
    EventKind.LOGS: "{text}",
    EventKind.NOTE: "{text}",
    EventKind.RESTARTED: "{color} had ended while it was live: its worker has started it again",
    EventKind.MAINTENANCE: "{what}",
    EventKind.NOTIFICATION_FAILED: "{error}",
}


class _Known(dict[str, Any]):
    """Data in which a name that is missing, as in an event of another version, is a question mark."""

    def __missing__(self, name: str) -> str:
        return "?"


def sentence(event: Event) -> str:
    """The event as `watch` and `explain` show it: without a full stop, of more than one line for logs."""
    data = _Known(event.data, phase=event.phase)
    if event.kind is EventKind.ENDED:
        return _ending(data)
    if event.kind is EventKind.AWAITING_PROMOTION:
        return _wait(data)
    return _TEMPLATES[event.kind].format_map(data) or f"{event.phase} done"


def _wait(data: _Known) -> str:
    """For how long it waits, by the clock of whoever reads it, how to look at it, and how it goes on."""
    until = clock(datetime.fromisoformat(data["until"])) if "until" in data else "?"
    look = f"to look at it: {data['preview']}\n" if "preview" in data else ""
    return (
        f"waits for a promotion until {until} (then: {data['on_timeout']})\n"
        f"{look}"
        f"to go on: bluegreen promote {data['deployment']}\n"
        f"to undo it: bluegreen abort {data['deployment']}"
    )


def _ending(data: _Known) -> str:
    """How the deployment ended, and what users get, as the last look has seen it."""
    if "error" in data:
        return str(data["error"])
    if "aborted_by" in data:
        return f"aborted by {data['aborted_by']} before it began"
    if data["state"] != State.FAILED:
        return f"{data['state'].replace('_', ' ')}: {data['seen']}"
    could_not = "" if data["is_undone"] else "the rollback could not finish, "
    return f"failed: {could_not}{data['seen']}: a person is needed"
