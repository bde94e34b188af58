"""What a reload does to the connections that users keep open."""

from contextlib import suppress
from dataclasses import dataclass

from bluegreen.deployment.errors import BlueGreenError
from bluegreen.deployment.machine import Machine
from nginx.config.capabilities import KEEPS_CONNECTIONS
from nginx.proxy import Proxy

#: how /proc/net/tcp calls a connection that is open
_ESTABLISHED = "01"


@dataclass(frozen=True)
class Cut:
    """What a reload may cut."""

    #: connections that were open just before; None where that is not known
    connections: int | None
    #: in one sentence, with what to install
    message: str


def cut_by_reload(proxy: Proxy) -> Cut | None:
    """What a reload of this nginx may cut just now; None: nothing."""
    version = proxy.capabilities().version
    if version >= KEEPS_CONNECTIONS:
        return None
    found = open_connections(proxy.machine, proxy.capabilities().ports)
    number = "how many were open is not known" if found is None else f"{found} were open at this moment"
    message = (
        f"nginx {_text(version)} closes idle kept connections at each reload, in the face of a request that is on "
        f"its way: {number}, and each of them may be cut. nginx {_text(KEEPS_CONNECTIONS)} or later keeps them "
        "(keepalive_min_timeout)"
    )
    return Cut(found, message)


def open_connections(machine: Machine, ports: frozenset[int]) -> int | None:
    """How many are open to these ports, on which nginx listens; None where the system does not say."""
    with suppress(BlueGreenError):
        message = machine.run("cat", "/proc/net/tcp", "/proc/net/tcp6").text
        return established(message, ports) if "local_address" in message else None
    return None


def established(table: str, ports: frozenset[int]) -> int:
    """Connections in Linux's table (/proc/net/tcp) whose own end is at one of these ports."""
    rows = [line.split() for line in table.splitlines()]
    ends = [row[1] for row in rows if len(row) > 3 and row[3] == _ESTABLISHED]
    return sum(int(end.rpartition(":")[2], 16) in ports for end in ends)


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
