"""What runs under Compose on the Engine, and what colour files say: for a config that is written by looking."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from docker.errors import APIError
from docker.models.containers import Container as EngineContainer

from bluegreen.deployment.errors import CommandFailed, PhaseFailed
from bluegreen.deployment.states import Color
from bluegreen.system import platform
from bluegreen.system.programs import run_checked
from compose.engine.client import engine
from compose.engine.inspection import master_in
from compose.engine.plugin import compose
from compose.engine.processes import titles_of
from compose.instances import FOLDER_LABEL, PROJECT_LABEL, SERVICE_LABEL
from compose.ports import published
from compose.project import commands, reading
from compose.project.color_file import ColorFile
from compose.project.document import SERVICE_LABEL as OUR_SERVICE_LABEL

FILES_LABEL = f"{PROJECT_LABEL}.config_files"
ONE_OFF_LABEL = "com.docker.compose.oneoff"
#: seconds for `docker compose config`
TIMEOUT = 60.0


@dataclass(frozen=True)
class Mount:
    """A folder or file of the host inside a container."""

    source: str
    destination: str


@dataclass(frozen=True)
class Running:
    """A running container that Compose made."""

    name: str
    project: str
    service: str
    image: str
    folder: str
    files: tuple[str, ...]
    #: host ports by the TCP port in the container; 0 where it is not published
    ports: Mapping[int, int]
    #: network → the names it has there
    networks: Mapping[str, tuple[str, ...]]
    mounts: tuple[Mount, ...]
    #: the words of its health check
    health: str
    runs_nginx: bool
    #: a colour that `bluegreen` started
    is_ours: bool

    @property
    def names(self) -> set[str]:
        """How others on its networks may call it."""
        return {self.name, self.service, *(alias for aliases in self.networks.values() for alias in aliases)}


@dataclass(frozen=True)
class Survey:
    """All of them, and the address under which containers reach this host."""

    running: tuple[Running, ...]
    gateway: str | None


def survey() -> Survey:
    """Look at the Engine. Raises PhaseFailed when it does not answer."""
    with engine() as client:
        labels = [PROJECT_LABEL, f"{ONE_OFF_LABEL}=False"]
        found = client.containers.list(filters={"label": labels}, ignore_removed=True)
        return Survey(tuple(map(_running, found)), _gateway(client.networks.get("bridge").attrs))


def color_file(folder: Path, name: str, color: Color) -> ColorFile:
    """A compose file as Compose reads it. Raises PhaseFailed when it cannot."""
    project = commands.Project(f"survey-{color}", (name,))
    return reading.read(project, folder, {**os.environ, **commands.variables(color)})


def services_of(folder: Path, files: Sequence[str]) -> set[str]:
    """What `docker compose up` starts by these files. PhaseFailed says in Compose's words why it refuses them."""
    options = [word for each in files for word in ("--file", each)]
    try:
        printed = run_checked([*compose(), *options, "config", "--services"], timeout=TIMEOUT, cwd=folder)
    except CommandFailed as error:
        raise PhaseFailed(
            f"docker compose does not take {', '.join(files)}",
            error.saw or error.what,
            "Correct it there: `docker compose config` says the same as long as it is wrong.",
        ) from error
    return {line for line in printed.splitlines() if line and " " not in line}


def definitions_of(folder: Path, files: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """The services of these files as Compose has them, those of all profiles. PhaseFailed: it refuses them."""
    project = commands.Project("survey", tuple(files), is_derived=True)
    env = {**os.environ, **commands.variables(Color.BLUE)}
    return reading.read_whole(project, folder, env).services


def free_port(after: int, taken: set[int]) -> int:
    """The first port above that nobody holds."""
    return next(port for port in range(after + 1, 65535) if port not in taken and platform.can_listen(port))


def taken_ports(running: tuple[Running, ...]) -> set[int]:
    """Host ports that these containers hold."""
    return {port for each in running for port in each.ports.values() if port}


def _gateway(bridge: Mapping[str, Any]) -> str | None:
    """An Engine that has just made its bridge names no gateway: it takes the first address of the subnet."""
    config: Mapping[str, str] = next(iter(bridge["IPAM"]["Config"] or ()), {})
    if gateway := config.get("Gateway"):
        return gateway
    return str(next(ip_network(config["Subnet"]).hosts())) if config.get("Subnet") else None


def _running(container: EngineContainer) -> Running:
    attributes, labels = container.attrs, container.labels
    networks = attributes["NetworkSettings"]["Networks"] or {}
    mounts = (each for each in attributes["Mounts"] if each["Type"] == "bind")
    return Running(
        name=str(container.name),
        project=labels[PROJECT_LABEL],
        service=labels.get(SERVICE_LABEL, ""),
        image=attributes["Config"]["Image"],
        folder=labels.get(FOLDER_LABEL, ""),
        files=tuple(filter(None, labels.get(FILES_LABEL, "").split(","))),
        ports=_ports(attributes),
        networks={name: tuple(found.get("Aliases") or ()) for name, found in networks.items()},
        mounts=tuple(Mount(each["Source"], each["Destination"]) for each in mounts),
        health=" ".join((attributes["Config"].get("Healthcheck") or {}).get("Test") or ()),
        runs_nginx=_runs_nginx(container),
        is_ours=OUR_SERVICE_LABEL in labels,
    )


def _ports(attributes: Mapping[str, Any]) -> dict[int, int]:
    found = attributes["NetworkSettings"]["Ports"] or {}
    return {
        int(name.removesuffix("/tcp")): min(published({name: mappings}), default=0)
        for name, mappings in found.items()
        if name.endswith("/tcp")
    }


def _runs_nginx(container: EngineContainer) -> bool:
    try:
        return master_in(titles_of(container)) is not None
    except APIError:
        return False  # it has just ended
