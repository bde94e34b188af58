"""Where a proxy runs and where its file lies, by its settings; and where it sends a colour's requests."""

from bluegreen.deployment.machine import Machine, ProxyFile
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
