"""Where the suite of the contract runs: two proxies in memory, and two real nginx."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.proxy import Marker, Route, Router
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from bluegreen.deployment.upkeep import Upkeep
from bluegreen.settings.service import ProxySettings
from cli.demo.servers import Server, find_nginx, free_port, listens, nginx_server
from nginx.file.kept import Kept
from nginx.file.plain_file import PlainFile
from nginx.host import Host
from nginx.proxy import Proxy
from nginx.router import NginxRouter
from nginx.upkeep.upkeep import NginxUpkeep
from tests.routers.in_memory import HostInMemory, ProxyInMemory, RouterInMemory, Text, take_up
from tests.routers.upkeep_in_memory import UpkeepInMemory
from tests.runtimes.in_memory import MemoryRuntime

LABELS = ("one", "other")


class Place(Protocol):
    """A host with two proxies, and what may happen to them."""

    def router(self) -> Router:
        """As another process has it."""

    def upkeep(self) -> Upkeep:
        """Likewise."""

    def refuse(self) -> None:
        """Afterwards no proxy accepts its files."""

    def replace(self, label: str) -> None:
        """Afterwards somebody has written something else for that proxy; what it has taken up stays."""

    def serve(self, label: str, marker: Marker) -> None:
        """Afterwards that proxy alone serves by that marker."""

    def end(self, label: str) -> None:
        """Afterwards that proxy is down."""


@dataclass
class PlaceInMemory:
    host: HostInMemory

    def router(self) -> Router:
        return RouterInMemory(self.host)

    def upkeep(self) -> Upkeep:
        return UpkeepInMemory(self.host)

    def replace(self, label: str) -> None:
        self.host.proxies[label].given = Text()

    def serve(self, label: str, marker: Marker) -> None:
        self.host.proxies[label].given = Text(marker, True)
        take_up(self.host, label)

    def refuse(self) -> None:
        self.host.is_refused = True

    def end(self, label: str) -> None:
        self.host.proxies[label].runs = False


@contextmanager
def in_memory(folder: Path) -> Iterator[Place]:
    yield PlaceInMemory(HostInMemory({label: ProxyInMemory() for label in LABELS}))


class Ports(MemoryRuntime):
    """A runtime whose colours are reached as those of plain processes are."""

    def address_on_host(self, color: Color) -> Address:
        return Address("127.0.0.1", 8 if color is Color.BLUE else 9)


@dataclass
class PlaceOfNginx:
    folder: Path
    settings: dict[str, ProxySettings]
    servers: dict[str, Server]

    def router(self) -> Router:
        return NginxRouter(self._proxies(), Ports(), Kept(self.folder / "kept"))

    def upkeep(self) -> Upkeep:
        return NginxUpkeep("web", self._proxies(), Ports(), Kept(self.folder / "kept"))

    def replace(self, label: str) -> None:
        file = self.settings[label].file
        assert file is not None
        file.write_text("upstream app { server 127.0.0.1:7; }\n")

    def serve(self, label: str, marker: Marker) -> None:
        router = NginxRouter((self._proxy(label),), Ports(), Kept(self.folder / "kept"))
        with router.prepare(Route(marker), NeverCancelled()) as change:
            change.commit()
        # until those are gone, they may still answer
        assert router.drain(change.retired, 10, NeverCancelled()) == 0

    def refuse(self) -> None:
        for label in LABELS:
            (self.folder / label / "conf.d" / "wrong.inc").write_text("nonsense;\n")

    def end(self, label: str) -> None:
        self.servers[label].stop()

    def _proxies(self) -> tuple[Proxy, ...]:
        return tuple(self._proxy(label) for label in LABELS)

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
