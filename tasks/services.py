"""Opens the doors that a service's settings ask for."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.machine import Machine, ProxyFile
from bluegreen.deployment.runtime import Address, Runtime
from bluegreen.deployment.states import Color
from bluegreen.processes.runtime import ProcessRuntime
from bluegreen.settings import config_file
from bluegreen.settings.service import Config, ProxySettings, ServiceSettings
from bluegreen.settings.watch import WatchedConfig
from bluegreen.store.connection import WORKER_PATIENCE, connect
from bluegreen.store.deployments import Store
from bluegreen.system import environment, installation
from bluegreen.system.installation import Installation
from compose.container import Container, CopiedFile
from compose.runtime import ComposeRuntime
from nginx.file.kept import Kept
from nginx.file.plain_file import PlainFile
from nginx.host import Host
from nginx.proxy import Proxy


@lru_cache(maxsize=1)
def store() -> Store:
    """This worker's store; it waits for Redis where a client would give up."""
    return Store(connect(environment.redis_url(), WORKER_PATIENCE), here().id)


@lru_cache(maxsize=1)
def here() -> Installation:
    """The installation that this worker is of; made now unless there is one."""
    return installation.made(environment.config_path())


@lru_cache(maxsize=1)
def hasty_store() -> Store:
    """The same without the waiting, for what is looked at again in a second."""
    return Store(connect(environment.redis_url()), here().id)


def config() -> Config:
    """The deploy host's config file; while it is wrong, as it was when it could last be read."""
    return _watched(environment.config_path())()


def serve() -> tuple[str, ...]:
    """The services of the config file; from now on this worker knows them, whatever becomes of the file."""
    return tuple(_served(name).name for name in config().services)


def serves(name: str) -> bool:
    """Whether this worker knows the service."""
    return name in _known


def service_settings(name: str) -> ServiceSettings:
    """The service as the config file has it, or as it had it: a deployment under way ends by what it began with.

    Raises UsageError when this worker has never seen the service, ConfigError when it cannot read the file at all.
    """
    return _served(name).settings


def runtime_of(deployment_id: str, name: str) -> Runtime:
    """Where the service's colours run; what it reads of their files, it reads once for the deployment."""
    return _runtime(deployment_id, _served(name))


def proxies_of(deployment_id: str, name: str) -> tuple[Proxy, ...]:
    """The service's proxies, in the order of the config file; what they can do, each is asked once."""
    return _proxies(deployment_id, _served(name))


def kept_of(name: str) -> Kept:
    """The texts of the service's proxy files that this host keeps."""
    return Kept(service_settings(name).state_folder / "proxies")


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


@dataclass(frozen=True, eq=False)
class _Served:
    """A service as the config file has it; a change of the file makes another, from the next phase on."""

    name: str
    settings: ServiceSettings


#: as each was when the file last had it
_known: dict[str, _Served] = {}


def _served(name: str) -> _Served:
    known, services = _known.get(name), config().services
    if name not in services and known:
        return known
    settings = config_file.service_of(config(), name)
    if known is None or known.settings is not settings:
        known = _known[name] = _Served(name, settings)
    return known


@lru_cache(maxsize=1)
def _watched(path: Path) -> WatchedConfig:
    return WatchedConfig(path, config_file.load(path))


@lru_cache(maxsize=64)
def _runtime(_deployment: str, served: _Served) -> Runtime:
    runtime = ComposeRuntime if served.settings.compose else ProcessRuntime
    return runtime(served.name, served.settings)


@lru_cache(maxsize=64)
def _proxies(_deployment: str, served: _Served) -> tuple[Proxy, ...]:
    return tuple(_proxy(served.name, settings) for settings in served.settings.proxies)
