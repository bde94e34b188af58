"""Which container answers at an address that an nginx has in a file."""

from collections.abc import Iterator, Mapping, Set
from ipaddress import ip_address
from typing import Any

from docker import DockerClient

from bluegreen.system.ports import Binding
from compose.engine.client import engine
from compose.engine.present import Listed, present

#: seconds for an answer of the Engine
PATIENCE = 5.0


def container_at(host: str, port: int, proxy: str | None, is_this_host: bool) -> str | None:
    """The container's name there; None where no container runs. PhaseFailed while the Engine cannot be asked.

    `proxy`: the container of the nginx that asks, which knows others by their names on its networks.
    """
    with engine(PATIENCE) as client:
        there = [each for each in present(client).containers if each.is_up]
        shared = {network for each in there if each.name == proxy for network in each.networks}
        for each in there:
            if each.name != proxy and each.networks & shared and host in _names(client, each, shared):
                return each.name
        wanted = _bindings(host, port) if is_this_host else []
        leading = (each.name for each in there for own in each.bindings if any(map(own.overlaps, wanted)))
        return next(leading, None)


def _bindings(host: str, port: int) -> list[Binding]:
    """Where the port would have to be published; a name may stand for any address of this host."""
    addresses = ("127.0.0.1", "::1") if host == "localhost" else (host.strip("[]"),)
    try:
        return [Binding(str(ip_address(each)), port) for each in addresses]
    except ValueError:
        return [Binding("", port)]


def _names(client: DockerClient, container: Listed, networks: Set[str]) -> set[str]:
    """By which the container is reached on these networks."""
    joined = client.containers.get(container.name).attrs["NetworkSettings"]["Networks"] or {}
    return {container.name, *(name for each in networks for name in _names_on(joined.get(each) or {}))}


def _names_on(network: Mapping[str, Any]) -> Iterator[str]:
    yield from network.get("Aliases") or ()
    yield from network.get("DNSNames") or ()
    yield from filter(None, [network.get("IPAddress")])
