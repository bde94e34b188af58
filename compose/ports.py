"""Who holds a host port: a container, another program, or nobody."""

import contextlib
from collections.abc import Mapping, Sequence

import psutil

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system import platform
from compose.engine.client import is_local
from compose.engine.present import Present
from compose.instances import PROJECT_LABEL


def check_port_is_free(present: Present, port: int, project: str) -> None:
    """Raise PhaseFailed unless nothing holds the host port, or a container of this Compose project."""
    for each in present.containers:
        if each.is_up and port in each.ports:
            if each.labels.get(PROJECT_LABEL) == project:
                return
            raise _taken(port, f"container {each.name} {origin(each.labels)}")
    # Only of this host can we say more: a remote Engine's ports are not ours to bind.
    if is_local() and not platform.can_listen(port):
        raise _taken(port, _process_at(port) or "another program")


def published(ports: Mapping[str, Sequence[Mapping[str, str]] | None]) -> set[int]:
    """Host ports, from what the Engine says of a container's TCP ports."""
    mappings = (mapping for name, found in ports.items() if name.endswith("/tcp") for mapping in found or ())
    return {int(mapping["HostPort"]) for mapping in mappings}


def origin(labels: Mapping[str, str]) -> str:
    """Where a container comes from, to follow its name in a sentence."""
    project = labels.get(PROJECT_LABEL)
    return f"of the Compose project {project}" if project else "that Compose did not make"


def _taken(port: int, holder: str) -> PhaseFailed:
    return PhaseFailed(
        f"port {port} is held by {holder}",
        advice="Stop that one once it serves nothing, or give the colour another port in the config file.",
    )


def _process_at(port: int) -> str | None:
    """The program that listens there, as far as this user may see it."""
    with contextlib.suppress(psutil.Error, OSError):
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid:
                return f"process {each.pid} ({psutil.Process(each.pid).name()})"
    return None
