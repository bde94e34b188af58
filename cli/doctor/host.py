"""Checks of the deploy host: Docker, the disk, and for each service its source and its colours."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cli.doctor.findings import Advice, Check
from compose import preflight
from compose.engine import data_root, engine_version
from deployment.environment import without_password
from deployment.errors import BlueGreenError, UsageError
from deployment.runtime import Runtime
from deployment.settings import Config, Service, Source
from deployment.states import Color
from nginx.live import live_color, live_content, look_at_all
from nginx.proxy import Proxy
from source.reach import newest_commit

GIB = 1024**3
#: below that a build and its image may not fit
ROOM_NEEDED = 1 * GIB
#: below that it will not last for long
ROOM_WANTED = 5 * GIB


@dataclass(frozen=True)
class Subject:
    """A service and its doors."""

    name: str
    service: Service
    runtime: Runtime
    proxies: Sequence[Proxy]


def docker() -> str:
    """The command, Compose and the Engine are there."""
    compose = preflight.check_tools()
    return f"Docker {engine_version()}, Compose {compose}"


def docker_room() -> str:
    """Images have room. Of an Engine elsewhere nothing is known here."""
    root = data_root()
    return room(root) if root and root.exists() else "the Engine's disk is not of this system"


def room(folder: Path) -> str:
    """The disk with the folder has room for a release."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        advice = "Correct the workspace in the config file, or make the folder."
        raise UsageError(f"{folder} cannot be looked at: {error.strerror}", advice=advice) from error
    left = f"{free / GIB:.1f} GiB free at {folder}"
    advice = "Make room: `docker system df` shows what Docker holds; cleanup.keep_releases bounds what we keep."
    if free < ROOM_NEEDED:
        raise UsageError(f"the disk is full: {left}", advice=advice)
    if free < ROOM_WANTED:
        raise Advice(f"the disk will soon be full: {left}", advice=advice)
    return left


def source(settings: Source) -> str:
    """The repository answers this user."""
    return f"{without_password(settings.url)} is at {newest_commit(settings.url)[:12]}"


def live(subject: Subject) -> str:
    """The proxies agree on what is live."""
    seen = look_at_all(subject.proxies)
    content = live_content(subject.name, seen)
    color = live_color(content, seen, subject.service.ports)
    if content is None:
        return f"{color}, judged by its port" if color else "nothing yet"
    return f"{color}, release {content.release}"


def color(subject: Subject, each: Color) -> str:
    """It can be started: its file or command, its port, its networks. The live one need not, today."""
    try:
        subject.runtime.preflight(each)
    except BlueGreenError as error:
        seen = look_at_all(subject.proxies)
        if each is not live_color(live_content(subject.name, seen), seen, subject.service.ports):
            raise
        later = "The next deployment goes to the other colour; the one after it needs this one. "
        raise Advice(error.what, error.saw, later + error.advice) from error
    return f"can be started on port {subject.service.ports.of(each)}"


def checks_of(config: Config) -> list[Check]:
    """What concerns all services: Docker, if one needs it."""
    needed = any(
        service.compose or any(p.container for p in service.proxies) for service in config.services.values()
    )
    return [Check("docker", "versions", docker), Check("docker", "disk", docker_room)] if needed else []


def checks_of_service(subject: Subject) -> list[Check]:
    """What can be asked without Redis."""
    about = subject.name
    return [
        Check(about, "disk", partial(room, subject.service.workspace)),
        *([Check(about, "source", partial(source, settings))] if (settings := subject.service.source) else []),
        Check(about, "live", partial(live, subject)),
        *(Check(about, str(each), partial(color, subject, each)) for each in Color),
    ]
