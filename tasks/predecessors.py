"""What nginx sent requests to before the first deployment, where it still runs: it is named, and left alone."""

import contextlib
import socket

import psutil

from bluegreen.deployment.errors import BlueGreenError
from bluegreen.deployment.upkeep import Target
from bluegreen.system import ports
from bluegreen.system.addresses import names_of_host
from bluegreen.system.ports import Binding
from compose.reached import container_at
from tasks.context import PhaseContext

#: seconds for a connection
PATIENCE = 1.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
UNIX = "unix:"


def predecessors(context: PhaseContext) -> list[str]:
    """Each that was just seen to run: "127.0.0.1:8000 (container shop-web-1)"."""
    targets = context.site.upkeep.former_targets(context.deployment.previous_files)
    seen = {target.address: what for target in targets if (what := _seen(target)) is not None}
    return [f"{address} ({what})" for address, what in seen.items()]


def _seen(target: Target) -> str | None:
    """What runs there; None where nothing is seen to."""
    if target.address.startswith(UNIX):
        return "a socket of this host" if target.is_on_host and _is_bound(target.address) else None
    host, number = _parted(target.address)
    here = names_of_host() if target.is_on_host else names_of_host() - LOOPBACK
    is_here, port = host in here, int(number)
    with contextlib.suppress(BlueGreenError):  # there need be no Engine
        if name := container_at(host, port, target.container, is_here):
            return f"container {name}"
    if not _listens(f"{'127.0.0.1' if host == 'host.docker.internal' else host}:{port}"):
        return None
    return ports.described(ports.holder(Binding("", port))) if is_here else "on another host"


def _parted(target: str) -> tuple[str, str]:
    """Host and port; nginx's own where it names none."""
    host, colon, port = target.rpartition(":")
    return (host, port) if colon and port.isdigit() else (target, "80")


def _is_bound(target: str) -> bool:
    """Whether a program has that socket of the file system; one that has ended may have left the file."""
    path = target.removeprefix(UNIX).removesuffix(":")
    with contextlib.suppress(psutil.Error, OSError):
        return any(str(each.laddr) == path for each in psutil.net_connections("unix"))
    return False


def _listens(target: str) -> bool:
    """Whether a connection is taken there."""
    with contextlib.suppress(OSError):
        host, _, port = target.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), PATIENCE):
            return True
    return False
