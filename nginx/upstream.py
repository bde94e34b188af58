"""Where an nginx reaches a colour."""

from dataclasses import replace

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.runtime import Address, Runtime
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from bluegreen.system.addresses import names_of_host


def upstream_of(proxy: ProxySettings, runtime: Runtime, color: Color | None) -> Address | None:
    """Where this proxy sends the colour's requests. Raises PhaseFailed when there is no such place."""
    if color is None:
        return None
    on_host = runtime.address_on_host(color)
    if proxy.upstream_address:
        return Address(proxy.upstream_address, on_host.port)
    if not proxy.container:
        return on_host
    in_network = runtime.address_in_network(color)
    if in_network is None:
        raise PhaseFailed(
            f"proxy {proxy.container}: no address is known under which it reaches {color}",
            f"on this host it is {on_host}, but inside the container that is the container itself",
            "Set host (an address of this host) for the proxy, or compose.container_port for the service.",
        )
    return replace(in_network, hosts=tuple(runtime.hosts_in_network(color)))


def addresses_of(proxy: ProxySettings, runtime: Runtime, color: Color) -> frozenset[str]:
    """The host:port pairs by which requests of this proxy may reach the colour."""
    on_host = runtime.address_on_host(color)
    hosts = {on_host.host, proxy.upstream_address or on_host.host, *names_of_host()}
    found = {f"{host}:{on_host.port}" for host in hosts}
    if proxy.container and (inside := runtime.address_in_network(color)):
        found |= {f"{host}:{inside.port}" for host in (inside.host, *runtime.hosts_in_network(color))}
    return frozenset(found)
