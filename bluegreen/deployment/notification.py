"""What of a deployment is worth a notification. Pure."""

from enum import StrEnum

from bluegreen.deployment.states import State


class Kind(StrEnum):
    """What is reported."""

    #: a worker has begun it
    STARTED = "started"
    #: it is healthy, and goes on when somebody promotes it
    AWAITING_PROMOTION = "awaiting_promotion"
    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled_back"
    ABORTED = "aborted"
    EXPIRED = "expired"
    FAILED = "failed"


def kind_of(before: State, after: State) -> Kind | None:
    """What is reported of a change of state."""
    if before is after or after in (State.QUEUED, State.ROLLING_BACK):
        return None
    if before is State.AWAITING_PROMOTION and after is State.RUNNING:
        return None  # it has begun before
    return Kind.STARTED if after is State.RUNNING else Kind(after.value)
