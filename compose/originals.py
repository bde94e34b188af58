"""Containers of a project that are not ours: what served before the first deployment did."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from bluegreen import failpoints
from bluegreen.deployment.cancellation import NeverCancelled, wait_until
from bluegreen.deployment.errors import NotRunning
from bluegreen.deployment.runtime import Instance
from bluegreen.parallel import at_once
from compose.engine.inspection import inner_host, shares_network
from compose.engine.lookup import existing
from compose.instances import grace_of, instance_of, keep_down

#: seconds that a container may take until its health check is content
TIMEOUT = 120.0
POLL = 0.2


def look(name: str) -> Instance:
    """What there is now. NotRunning: no container has that name."""
    with existing(name) as (_, found):
        return instance_of(found.attrs)


def policies(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By their names: when the Engine starts them again, in its own words."""
    found = {}
    for name in names:
        with existing(name) as (_, container):
            found[name] = dict(container.attrs["HostConfig"].get("RestartPolicy") or {})
    return found


def start(names: Sequence[str], restart: Mapping[str, Mapping[str, Any]]) -> None:
    """Afterwards they run, and are healthy where they have a health check. NotRunning: one does not.

    `restart`: the policies that they had.
    """

    def start_one(name: str) -> None:
        with existing(name) as (_, found):
            if restart.get(name) and restart[name] != found.attrs["HostConfig"].get("RestartPolicy"):
                found.update(restart_policy=dict(restart[name]))  # type: ignore[arg-type]
            if not instance_of(found.attrs).running:
                found.start()
        seen = wait_until(lambda: look(name), _is_ready, TIMEOUT, NeverCancelled(), POLL)
        if not _is_ready(seen):
            raise NotRunning(f"{seen.described} was started, and is not ready after {TIMEOUT:g} s")

    with failpoints.around("start originals"):
        at_once(list(names), start_one)


def stop(names: Sequence[str]) -> None:
    """Afterwards none of them runs, each had the grace that it has; they are kept. One may be gone."""

    def stop_one(name: str) -> None:
        with suppress(NotRunning), existing(name, grace_seconds(name)) as (_, found):
            keep_down(found)
            found.stop(timeout=grace_of(found))

    with failpoints.around("stop originals"):
        at_once(list(names), stop_one)


def host_of(name: str) -> str | None:
    """Where this host reaches it by an address of its own; None where it does not. NotRunning: it is gone."""
    with existing(name) as (client, found):
        return inner_host(found.attrs) if shares_network(client) else None


def grace_seconds(name: str) -> float:
    """How long a stop may take, the Engine's own time included."""
    with existing(name) as (_, found):
        return grace_of(found) + 30.0


def _is_ready(seen: Instance) -> bool:
    return seen.running and (seen.healthy is True or not seen.is_watched)
