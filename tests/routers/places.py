"""Where the suite of the contract runs: two proxies in memory, and two real nginx."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, cast

from bluegreen.deployment.proxy import Router
from bluegreen.deployment.runtime import Address, Runtime
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from cli.demo.servers import Server, find_nginx, free_port, listens, nginx_server
from nginx.file.kept import Kept
from nginx.file.plain_file import PlainFile
from nginx.host import Host
from nginx.proxy import Proxy
from nginx.router import NginxRouter
from tests.routers.in_memory import HostInMemory, ProxyInMemory, RouterInMemory

LABELS = ("one", "other")


class Place(Protocol):
    """A host with two proxies, and what may happen to them."""

    def router(self) -> Router:
        """As another process has it."""

    def refuse(self) -> None:
        """Afterwards no proxy accepts its files."""

    def end(self, label: str) -> None:
        """Afterwards that proxy is down."""


@dataclass
class PlaceInMemory:
    host: HostInMemory

    def router(self) -> Router:
        return RouterInMemory(self.host)

    def refuse(self) -> None:
        self.host.is_refused = True

    def end(self, label: str) -> None:
        self.host.proxies[label].runs = False


@contextmanager
def in_memory(folder: Path) -> Iterator[Place]:
    yield PlaceInMemory(HostInMemory({label: ProxyInMemory() for label in LABELS}))


class Ports:
    """Of a runtime no more than where its colours are reached."""

    def address_on_host(self, color: Color) -> Address:
        return Address("127.0.0.1", 8 if color is Color.BLUE else 9)


@dataclass
class PlaceOfNginx:
    folder: Path
    settings: dict[str, ProxySettings]
    servers: dict[str, Server]

    def router(self) -> Router:
        proxies = tuple(self._proxy(label) for label in LABELS)
        return NginxRouter(proxies, cast(Runtime, Ports()), Kept(self.folder / "kept"))

    def refuse(self) -> None:
        for label in LABELS:
            (self.folder / label / "conf.d" / "wrong.inc").write_text("nonsense;\n")

    def end(self, label: str) -> None:
        self.servers[label].stop()

    def _proxy(self, label: str) -> Proxy:
        settings = self.settings[label]
        assert settings.conf and settings.file
        proxy = Proxy(settings, "web", Host(settings.binary, settings.conf), PlainFile(settings.file))
        proxy.label = label
        return proxy


@contextmanager
def of_nginx(folder: Path) -> Iterator[Place]:
    settings, servers = dict[str, ProxySettings](), dict[str, Server]()
    with ExitStack() as running:
        for label in LABELS:
            (folder / label).mkdir()
            port = free_port()
            servers[label] = server = running.enter_context(nginx_server(folder / label, port))
            server.wait_until(partial(listens, port), "nginx")
            conf, file = folder / label / "nginx.conf", folder / label / "conf.d" / "app.inc"
            values = {"conf": conf, "file": file, "binary": find_nginx(), "status_port": free_port()}
            settings[label] = ProxySettings.model_validate(values)
        yield PlaceOfNginx(folder, settings, servers)
