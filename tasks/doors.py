"""Opens the doors that a service's settings ask for."""

from functools import lru_cache
from pathlib import Path

from compose.container import Container, CopiedFile
from compose.runtime import ComposeRuntime
from deployment import configfile, environment
from deployment.connection import WORKER_PATIENCE, connect
from deployment.errors import PhaseFailed
from deployment.machine import Machine, ProxyFile
from deployment.runtime import Address, Runtime
from deployment.settings import Config, Service
from deployment.settings import Proxy as ProxySettings
from deployment.states import Color
from deployment.store import Store
from nginx.files import PlainFile
from nginx.host import Host
from nginx.proxy import Proxy
from processes.runtime import ProcessRuntime


@lru_cache(maxsize=1)
def store() -> Store:
    """This worker's store; it waits for Redis where a client would give up."""
    return Store(connect(environment.redis_url(), WORKER_PATIENCE))


def service_settings(name: str) -> Service:
    """The service as the deploy host's config file has it now. Raises ConfigError or UsageError."""
    return configfile.service_of(_config(*_config_file()), name)


def runtime_of(deployment: str, name: str) -> Runtime:
    """Where the service's colours run; what it reads of their files, it reads once for the deployment."""
    return _runtime(deployment, name, *_config_file())


def proxies_of(deployment: str, name: str) -> tuple[Proxy, ...]:
    """The service's proxies, in the order of the config file; what they can do, each is asked once."""
    return _proxies(deployment, name, *_config_file())


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
    return in_network


def _proxy(name: str, settings: ProxySettings) -> Proxy:
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
    return Proxy(settings, name, machine, file)


def _config_file() -> tuple[Path, int]:
    """The file, and when it was last changed: a change counts from the next phase on."""
    path = environment.config_path()
    return path, path.stat().st_mtime_ns if path.exists() else 0


@lru_cache(maxsize=1)
def _config(path: Path, _changed: int) -> Config:
    return configfile.load(path)


@lru_cache(maxsize=64)
def _runtime(_deployment: str, name: str, path: Path, changed: int) -> Runtime:
    service = configfile.service_of(_config(path, changed), name)
    return ComposeRuntime(name, service) if service.compose else ProcessRuntime(name, service)


@lru_cache(maxsize=64)
def _proxies(_deployment: str, name: str, path: Path, changed: int) -> tuple[Proxy, ...]:
    service = configfile.service_of(_config(path, changed), name)
    return tuple(_proxy(name, settings) for settings in service.proxies)
