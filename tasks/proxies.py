"""Where a service's proxies run and where their files lie, by the settings."""

from bluegreen.deployment.machine import Machine, ProxyFile
from bluegreen.settings.service import ProxySettings, ServiceSettings
from compose.container import Container, CopiedFile
from nginx.file.plain_file import PlainFile
from nginx.host import Host
from nginx.proxy import Proxy


def proxies_of(service: str, settings: ServiceSettings) -> tuple[Proxy, ...]:
    """The service's proxies. Nothing is asked yet."""
    return tuple(_proxy_of(service, each) for each in settings.proxies)


def _proxy_of(service: str, settings: ProxySettings) -> Proxy:
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
