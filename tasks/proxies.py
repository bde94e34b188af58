"""Where a proxy runs and where its file lies, by its settings; and where it sends a colour's requests."""

from dataclasses import replace

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.machine import Machine, ProxyFile
from bluegreen.deployment.runtime import Address, Runtime
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from compose.container import Container, CopiedFile
from nginx.file.plain_file import PlainFile
from nginx.host import Host
from nginx.proxy import Proxy


def proxy_of(service: str, settings: ProxySettings) -> Proxy:
    """The service's proxy of these settings. Nothing is asked yet."""
    machine: Machine
    file: ProxyFile
    if settings.container:
        machine = Container(settings.container)
    else:
        assert settings.conf is not None
        machine = Host(settings.binary, settings.conf)
    if settings.copy_to:
        assert settings.container is not None
        file = CopiedFile(settings.container, settings.copy_to)
    else:
        assert settings.file is not None
        file = PlainFile(settings.file)
    return Proxy(settings, service, machine, file)


def upstream_of(proxy: ProxySettings, runtime: Runtime, color: Color) -> Address:
    """Where this proxy sends the colour's requests. Raises PhaseFailed when there is no such place."""
    on_host = runtime.address_on_host(color)
    if proxy.host:
        return Address(proxy.host, on_host.port)
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
