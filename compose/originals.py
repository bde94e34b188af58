"""Containers of a project that are not ours: what served before the first deployment did."""

from collections.abc import Sequence

from bluegreen.deployment.cancellation import NeverCancelled, wait_until
from bluegreen.deployment.errors import NotRunning
from bluegreen.deployment.runtime import Instance
from bluegreen.parallel import at_once
from compose.engine.lookup import existing
from compose.instances import grace_of, instance_of, keep_down

#: seconds that a container may take until its health check is content
TIMEOUT = 120.0
POLL = 0.2


def look(name: str) -> Instance:
    """What there is now. NotRunning: no container has that name."""
    with existing(name) as (_, found):
        return instance_of(found.attrs)


def start(names: Sequence[str]) -> None:
    """Afterwards they run, and are healthy where they have a health check. NotRunning: one does not."""

    def start_one(name: str) -> None:
        with existing(name) as (_, found):
            if not instance_of(found.attrs).running:
                found.start()
        seen = wait_until(lambda: look(name), _is_ready, TIMEOUT, NeverCancelled(), POLL)
        if not _is_ready(seen):
            raise NotRunning(f"{seen.described} was started, and is not ready after {TIMEOUT:g} s")

    at_once(list(names), start_one)


def stop(names: Sequence[str]) -> None:
    """Afterwards none of them runs, each with the grace that it has; they are kept."""

    def stop_one(name: str) -> None:
        with existing(name, grace_seconds(name)) as (_, found):
            keep_down(found)
            found.stop(timeout=grace_of(found))

    at_once(list(names), stop_one)


def grace_seconds(name: str) -> float:
    """How long a stop may take, the Engine's own time included."""
    with existing(name) as (_, found):
        return grace_of(found) + 30.0


def _is_ready(seen: Instance) -> bool:
    return seen.running and (seen.healthy is True or not seen.is_watched)
