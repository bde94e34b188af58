"""What nginx sent requests to before the first deployment, where it still runs: it is named, and left alone."""

import contextlib
import socket
from collections.abc import Iterator

import psutil

from bluegreen.deployment.errors import BlueGreenError
from bluegreen.deployment.states import Color
from bluegreen.processes import ports
from compose.reached import container_at
from nginx.config.targets import targets_in
from nginx.file.marker import parse
from nginx.proxy import Proxy
from nginx.upstream import addresses_of, names_of_host
from tasks.context import PhaseContext

#: seconds for a connection
PATIENCE = 1.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
UNIX = "unix:"


def predecessors(context: PhaseContext) -> list[str]:
    """Each that was just seen to run: "127.0.0.1:8000 (container shop-web-1)"."""
    return list(dict.fromkeys(each for proxy in context.proxies for each in _behind(context, proxy)))


def _behind(context: PhaseContext, proxy: Proxy) -> Iterator[str]:
    digest = context.deployment.previous_files.get(proxy.label)
    # of a deployment that was undone the text is not kept any more: it is in its place again
    text = (context.kept.saved(digest) if digest else None) or proxy.file.read()
    said = parse(text)
    if text is None or (said and said.color):
        return
    ours = {address for color in Color for address in addresses_of(proxy.settings, context.runtime, color)}
    for target in targets_in({"": text}):
        if target not in ours and (what := _seen(proxy, target)) is not None:
            yield f"{target} ({what})"


def _seen(proxy: Proxy, target: str) -> str | None:
    """What runs there; None where nothing is seen to."""
    if target.startswith(UNIX):
        return "a socket of this host" if proxy.machine.is_host() and _is_bound(target) else None
    host, number = _parted(target)
    here = names_of_host() if proxy.machine.is_host() else names_of_host() - LOOPBACK
    is_here, port = host in here, int(number)
    with contextlib.suppress(BlueGreenError):  # there need be no Engine
        if name := container_at(host, port, proxy.settings.container, is_here):
            return f"container {name}"
    if not _listens(f"{'127.0.0.1' if host == 'host.docker.internal' else host}:{port}"):
        return None
    return ports.described(ports.holder(port)) if is_here else "on another host"


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
