"""A colour's containers, found by Compose's own labels and never by a part of a name, and put into words."""

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container

from bluegreen.deployment.runtime import Instance
from compose.project.document import ADDRESS_LABEL, DEPLOYMENT_LABEL, RELEASE_LABEL

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
FOLDER_LABEL = f"{PROJECT_LABEL}.working_dir"
#: seconds between SIGTERM and SIGKILL of a container that was made without any
ENGINE_GRACE = 10
#: restart policies by which a container that was stopped comes back
COME_BACK = ("always", "on-failure")
#: the Engine's word for "never"
NEVER = "0001-01-01T00:00:00Z"


def find(client: DockerClient, project: str, service: str | None = None, running: bool = False) -> list[Container]:
    """The project's containers, or those of one service in it; the running ones first, then the newest."""
    labels = _labels(project, service)
    found = client.containers.list(all=not running, filters={"label": labels}, ignore_removed=True)
    return sorted(found, key=lambda each: (each.attrs["State"]["Running"], each.attrs["Created"]), reverse=True)


def addresses(client: DockerClient, project: str, service: str) -> set[str]:
    """Those of the service's running containers, on all networks: one question, for who asks each second."""
    found = client.api.containers(filters={"label": _labels(project, service)})
    networks = [each for one in found for each in one["NetworkSettings"]["Networks"].values()]
    return {address for each in networks for address in (each["IPAddress"], each["GlobalIPv6Address"]) if address}


def grace_of(container: Container) -> int:
    """Seconds between SIGTERM and SIGKILL that the container was made with: its file's, or ours."""
    grace = container.attrs["Config"].get("StopTimeout")
    return ENGINE_GRACE if grace is None else int(grace)


def keep_down(container: Container) -> None:
    """Afterwards the Engine does not start the container again by itself, once it is stopped.

    `always`, and after a kill `on-failure` as well, would bring it back with the Engine's next start.
    """
    policy = (container.attrs["HostConfig"].get("RestartPolicy") or {}).get("Name")
    if policy in COME_BACK:
        container.update(restart_policy={"Name": "unless-stopped"})  # type: ignore[arg-type]


def end(container: Container) -> None:
    """Afterwards it does not run, nor does the Engine start it again: asked first, with its own grace."""
    with contextlib.suppress(NotFound):
        keep_down(container)
        container.stop(timeout=grace_of(container))


def is_up(containers: list[Container], service: str, deployment_id: str) -> bool:
    """Whether `up` has done its work for this deployment.

    Compose makes all containers before it starts the first one: when the service's own is running, a companion
    that was only created is what an `up` that was cut leaves.
    """
    started = [each for each in containers if each.labels.get(DEPLOYMENT_LABEL) == deployment_id]
    own = [each for each in started if each.labels.get(SERVICE_LABEL) == service]
    complete = len(started) == len(containers) and all(each.status != "created" for each in started)
    return complete and any(instance_of(each.attrs).running for each in own)


def instance_of(attributes: Mapping[str, Any]) -> Instance:
    """What the Engine's inspection of a container means to us."""
    state = attributes["State"]
    labels = attributes["Config"].get("Labels") or {}
    # In a crash loop the Engine calls a container "running" while it waits for its next start.
    running = bool(state["Running"]) and not state["Restarting"]
    return Instance(
        running=running,
        deployment_id=labels.get(DEPLOYMENT_LABEL),
        release=labels.get(RELEASE_LABEL),
        exit_code=None if running or state["Status"] == "created" else state["ExitCode"],
        described=describe(attributes),
        healthy={"healthy": True, "unhealthy": False}.get(_health(state) or ""),
        is_watched=_health(state) not in (None, "none"),
        started=moment(state["StartedAt"]),
        restarts=attributes.get("RestartCount") or 0,
        image=attributes["Config"].get("Image"),
        image_id=attributes.get("Image"),
    )


def address_of(labels: Mapping[str, str]) -> str | None:
    """host:port by which a proxy beside the container reaches it; None where nobody has said so."""
    return labels.get(ADDRESS_LABEL)


def describe(attributes: Mapping[str, Any]) -> str:
    """For a sentence: "container test-blue-app-1 (exited, code 1, OOM-killed)"."""
    state = attributes["State"]
    words = [state["Status"]]
    if state["Status"] in ("exited", "dead", "restarting"):
        words.append(f"code {state['ExitCode']}")
    if state["OOMKilled"]:
        words.append("OOM-killed")
    if attributes.get("RestartCount"):
        words.append(f"restarts: {attributes['RestartCount']}")
    if state["Running"] and _health(state) in ("healthy", "unhealthy", "starting"):
        words.append(f"health: {_health(state)}")
    if state.get("Error"):
        words.append(state["Error"])
    return f"container {attributes['Name'].lstrip('/')} ({', '.join(words)})"


def ended(state: Mapping[str, Any], now: datetime) -> str:
    """Why it is not running: "exited 3 minutes ago, code 1"; "created" when it never ran."""
    finished = moment(state["FinishedAt"])
    if finished is None:
        return str(state["Status"])
    killed = ", OOM-killed" if state["OOMKilled"] else ""
    return f"{state['Status']} {ago((now - finished).total_seconds())}, code {state['ExitCode']}{killed}"


def ago(seconds: float) -> str:
    """In the largest unit that fits: "3 minutes ago"."""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now" if seconds < 1 else f"{int(seconds)} s ago"


def moment(text: str) -> datetime | None:
    """The Engine's time; it writes nanoseconds, of which Python keeps the first six digits."""
    return None if text == NEVER else datetime.fromisoformat(text).astimezone(UTC)


def _labels(project: str, service: str | None) -> list[str]:
    labels = [f"{PROJECT_LABEL}={project}", "com.docker.compose.oneoff=False"]
    return labels + ([f"{SERVICE_LABEL}={service}"] if service else [])


def _health(state: Mapping[str, Any]) -> str | None:
    return (state.get("Health") or {}).get("Status")
