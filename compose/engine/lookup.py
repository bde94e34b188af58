"""Finds a container by its exact name, or says what is the matter with it."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container

from bluegreen.deployment.errors import NotRunning
from compose.engine.client import TIMEOUT, engine
from compose.instances import ended


@contextlib.contextmanager
def existing(name: str, timeout: float = TIMEOUT) -> Iterator[tuple[DockerClient, Container]]:
    """A client and the container, running or not. NotRunning when there is none of that name."""
    with engine(timeout) as client:
        try:
            found = client.containers.get(name)
        except NotFound:
            found = None
        # The Engine also takes the beginning of an id for a name.
        if found is None or found.name != name:
            raise NotRunning(
                f"there is no container {name}",
                advice="Start it, or correct its name in the config file: `docker ps -a` lists them all.",
            )
        yield client, found


@contextlib.contextmanager
def running(name: str, timeout: float = TIMEOUT) -> Iterator[tuple[DockerClient, Container]]:
    """The same, and it runs."""
    with existing(name, timeout) as (client, found):
        state = found.attrs["State"]
        if not state["Running"] or state["Restarting"] or state["Paused"]:
            raise NotRunning(
                f"container {name} is not running ({ended(state, datetime.now(UTC))})",
                advice=f"See why: docker logs --tail 50 {name}; then: docker restart {name}",
            )
        yield client, found
