"""Ports of this host: at which addresses, and who holds them."""

import contextlib
from dataclasses import dataclass
from ipaddress import ip_address

import psutil

#: every address of a family, by the version of its protocol
ANY = {4: "0.0.0.0", 6: "::"}


@dataclass(frozen=True)
class Binding:
    """A TCP port at an address; `address` is empty for all addresses, of both families."""

    address: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}" if host else str(self.port)

    def overlaps(self, other: "Binding") -> bool:
        """Whether only one program can hold the two."""
        return self.port == other.port and any(
            mine == theirs or ANY[version] in (mine, theirs)
            for version, mine in _by_family(self.address).items()
            for theirs in [_by_family(other.address).get(version)]
            if theirs is not None
        )


def holder(wanted: Binding) -> psutil.Process | None:
    """The process that listens there; None where the system does not say."""
    # RuntimeError: on Windows a table that changes while it is read
    with contextlib.suppress(psutil.Error, OSError, RuntimeError):
        for each in psutil.net_connections("tcp"):
            if each.status != psutil.CONN_LISTEN or not each.pid or not each.laddr:
                continue
            if _is_at(each.laddr.ip, each.laddr.port, wanted):
                return psutil.Process(each.pid)
    return None


def described(process: psutil.Process | None) -> str:
    """ "python3 (pid 4711)", or what can be said without its name."""
    if process is None:
        return "another process"
    try:
        return f"{process.name()} (pid {process.pid})"
    except psutil.Error:
        return f"pid {process.pid}"


def _is_at(address: str, port: int, wanted: Binding) -> bool:
    # a process that listens on :: may take IPv4, too: the system does not say
    return Binding("" if address == ANY[6] else address, port).overlaps(wanted)


def _by_family(address: str) -> dict[int, str]:
    """The address, in its shortest form, by the version of its protocol."""
    if not address:
        return ANY
    known = ip_address(address)
    return {known.version: str(known)}
