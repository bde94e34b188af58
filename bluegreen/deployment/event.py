"""What happened to a deployment, as a kind and data. Sentences are made where an event is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bluegreen.deployment.redaction import presentable
from bluegreen.deployment.states import Phase

#: what an event's data may hold: what JSON has, and no lists
Data = Mapping[str, str | int | float | bool]


class EventKind(StrEnum):
    """What an event is about; after each kind the names of its data."""

    #: a deployment was recorded: `kind` (deploy or rollback), `service`, `asked` (its ref)
    QUEUED = "queued"
    #: a worker has begun a phase
    PHASE_STARTED = "phase_started"
    #: a worker has begun a phase again: `attempt`, from 2
    PHASE_CONTINUED = "phase_continued"
    #: a phase is tried again: `attempt` of `attempts`, `error`
    ATTEMPT_FAILED = "attempt_failed"
    #: a phase has ended well: `result`, `seconds`
    PHASE_DONE = "phase_done"
    #: a phase has failed: `error`, and `seconds` if it had begun
    PHASE_FAILED = "phase_failed"
    #: the deployment goes back to the old version
    ROLLING_BACK = "rolling_back"
    #: the message for a phase was lost, and is sent again
    MESSAGE_LOST = "message_lost"
    #: the worker in a phase went silent, and is fenced out: `takeovers` of this phase
    WORKER_LOST = "worker_lost"
    #: somebody asked for an abort: `who`
    ABORT_REQUESTED = "abort_requested"
    #: it waits for a promotion: `deployment`, `until` (ISO, UTC), `on_timeout` (abort or promote)
    AWAITING_PROMOTION = "awaiting_promotion"
    #: the wait is over, and it goes on: `what` (by whom, and why)
    PROMOTED = "promoted"
    #: the deployment is over: `state`, and `error`, `aborted_by`, or `seen` by the last look and `is_undone`
    ENDED = "ended"
    #: lines of a program: `text`
    LOGS = "logs"
    #: what a person should know, though nothing is wrong: `text`
    NOTE = "note"
    #: a live process had ended and was started again: `color`
    RESTARTED = "restarted"
    #: a maintenance was turned on or off beside the deployment: `what` (by whom, and why)
    MAINTENANCE = "maintenance"
    #: a notification was not delivered: `error`
    NOTIFICATION_FAILED = "notification_failed"


@dataclass(frozen=True)
class Event:
    """One thing that happened."""

    kind: EventKind
    phase: Phase | None = None
    data: Data = field(default_factory=dict)

    def __post_init__(self) -> None:
        data = {name: presentable(each) if isinstance(each, str) else each for name, each in self.data.items()}
        object.__setattr__(self, "data", data)
