"""What of a deployment is worth a notification. Pure."""

from enum import StrEnum

from bluegreen.deployment.states import State


class Kind(StrEnum):
    """What there is to tell."""

    #: a worker has begun it
    STARTED = "started"
    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled_back"
    ABORTED = "aborted"
    EXPIRED = "expired"
    FAILED = "failed"


def kind_of(before: State, after: State) -> Kind | None:
    """What a change of state is worth telling."""
    if before is after or after in (State.QUEUED, State.ROLLING_BACK):
        return None
    return Kind.STARTED if after is State.RUNNING else Kind(after.value)
