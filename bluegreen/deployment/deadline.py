"""A deployment that nobody begins must not begin days later: it has a starting deadline, and expires.

Whoever meets it first ends it: the client that waits for it, a worker's sweep or the worker that gets its
message, the next deployment that wants the lock. Its message, when it comes, finds a final state and is dropped.
"""

from collections.abc import Sequence
from datetime import datetime

from bluegreen.deployment.event import Event, EventKind
from bluegreen.deployment.record import Deployment, Failure, now
from bluegreen.deployment.states import Phase, State
from bluegreen.deployment.transitions import Step

#: seconds from the request to the first phase, unless the request says otherwise
STARTING_SECONDS = 900.0


def is_over(deployment: Deployment, moment: datetime) -> bool:
    """Whether it is still queued after its deadline."""
    deadline = deployment.starting_deadline
    return deployment.state is State.QUEUED and deadline is not None and moment >= deadline


def expire(deployment: Deployment, alive: Sequence[str]) -> Step:
    """End it. `alive`: the workers that serve it now."""
    failure = Failure(
        phase=deployment.phase or Phase.CHECKOUT,
        what=f"no worker began it by {deployment.starting_deadline:%Y-%m-%d %H:%M:%S} UTC, its starting deadline",
        saw=f"workers alive for {deployment.service}: {', '.join(alive) or 'none'}",
        advice="Nothing was changed. "
        + (
            "They are busy, or have just died: look at their logs"
            if alive
            else "Start one on the deploy host (bluegreen worker)"
        )
        + f", and deploy again: bluegreen deploy {deployment.service}",
    )
    ended = deployment.with_(
        state=State.EXPIRED, phase=None, epoch=deployment.epoch + 1, error=failure, finished_at=now()
    )
    event = Event(EventKind.ENDED, data={"state": State.EXPIRED.value, "error": failure.what})
    return Step(ended, None, events=(event,))
