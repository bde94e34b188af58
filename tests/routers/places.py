"""Where the suite of the contract runs: two proxies in memory, and two real nginx."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from bluegreen import http
from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.proxy import Condition, Marker, Route, Router
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


class Visited(Protocol):
    """A host whose proxies can be visited as users do."""

    def router(self) -> Router:
        """As another process has it."""

    def upkeep(self) -> Upkeep:
        """Likewise."""

    def end(self, label: str) -> None:
        """Afterwards that proxy is down."""

    def visit(self, label: str, condition: Condition | None = None) -> Color | None:
        """The colour that a request which meets the condition reaches. None: what was there before any."""


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

    def visit(self, label: str, condition: Condition | None = None) -> Color | None:
        taken = self.host.proxies[label].taken
        if taken.preview and taken.preview.condition == condition:
            return taken.preview.color
        return taken.says.color if taken.says else None

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

    sites: dict[str, int]

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

    def visit(self, label: str, condition: Condition | None = None) -> Color | None:
        by, name, value = (condition.by, condition.name, condition.value) if condition else ("", "", "")
        headers = {"header": {name: value}, "cookie": {"Cookie": f"a=b; {name}={value}"}}.get(by)
        answer = http.get(f"http://127.0.0.1:{self.sites[label]}/", 5, name if by == "host" else None, headers)
        return {"8": Color.BLUE, "9": Color.GREEN}.get(answer.body.rpartition(":")[2])

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
def of_nginx(folder: Path, template: str = "upstream") -> Iterator[PlaceOfNginx]:
    settings, servers, sites = dict[str, ProxySettings](), dict[str, Server](), dict[str, int]()
    with ExitStack() as running:
        for label in LABELS:
            (folder / label).mkdir()
            sites[label] = port = free_port()
            server = nginx_server(folder / label, port)
            if template == "variable":
                _by_variable(folder / label)
            servers[label] = running.enter_context(server)
            server.wait_until(partial(listens, port), "nginx")
            conf, file = folder / label / "nginx.conf", folder / label / "conf.d" / "app.inc"
            values = {"conf": conf, "file": file, "binary": find_nginx(), "status_port": free_port()}
            if template == "variable":
                values |= {"template": template, "status_url": f"http://127.0.0.1:{port}/.bluegreen/web"}
            settings[label] = ProxySettings.model_validate(values)
        yield PlaceOfNginx(folder, settings, servers, sites)


def _by_variable(folder: Path) -> None:
    """A site that has our file as a line of its server, and answers with where it would send a request."""
    conf, file = folder / "nginx.conf", folder / "conf.d" / "app.inc"
    text = re.sub(r'include "[^"]*";', "", conf.read_text())
    site = f"include {file};\n        location / {{\n            return 200 $service_url;"
    conf.write_text(text.replace("location / {", site).replace("proxy_pass http://app;", ""))
    file.write_text("set $service_url http://127.0.0.1:7;\n")
