"""An nginx on this host to be switched by a benchmark, and the switch: ours, and what a script does."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from cli.demo.servers import find_nginx, free_port, listens, nginx_server
from nginx.drain import drain
from nginx.file.plain_file import PlainFile
from nginx.file.render import render
from nginx.host import Host
from nginx.proxy import Proxy
from nginx.retired import token_of
from nginx.switch import prepare

#: seconds for the last answers of a retired worker
DRAIN_TIMEOUT = 30.0


class Site:
    """It serves one of two colours, by their ports."""

    def __init__(self, folder: Path, colors: Mapping[Color, int]) -> None:
        self.port, self.colors, self.generation = free_port(), colors, 0
        self.server = nginx_server(folder, self.port)
        conf, file = folder / "nginx.conf", folder / "conf.d" / "app.inc"
        self.settings = ProxySettings.model_validate(
            {"conf": conf, "file": file, "binary": find_nginx(), "status_port": free_port()}
        )
        self._parts = Host(self.settings.binary, conf), PlainFile(file)
        self.proxy = Proxy(self.settings, "bench", *self._parts)
        self._retired: tuple[int, ...] = ()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def idle(self) -> Color:
        """The colour that the next switch turns to."""
        return list(Color)[(self.generation + 1) % 2]

    def look(self) -> None:
        """As a deployment does before it changes anything: ask nginx what it can do, and whether it reads us."""
        self.proxy = Proxy(self.settings, "bench", *self._parts)
        self.proxy.capabilities()

    def switch(self) -> None:
        """Our way: written, reloaded (and tested by that, where nginx is known to read the file), confirmed."""
        content, address = self._next()
        text = render(self.settings, content, address, self.proxy.capabilities())
        with prepare([self.proxy], {self.proxy.label: text}, content, NeverCancelled()) as switch:
            switch.commit()
        self._retired = switch.retired[self.proxy.label]

    def plain_reload(self) -> None:
        """What a script does: write the file, reload."""
        self._retired = token_of(self.proxy.workers())
        _, address = self._next()
        self.proxy.file.write(f"upstream app {{ server {address}; }}\n")
        self.proxy.reload()

    def drained(self) -> bool:
        """Whether the workers that the last switch has retired were gone within DRAIN_TIMEOUT."""
        return not drain([self.proxy], {self.proxy.label: self._retired}, DRAIN_TIMEOUT, NeverCancelled())

    def _next(self) -> tuple[Marker, Address]:
        color = self.idle
        self.generation += 1
        content = Marker(service="bench", color=color, release="r", generation=self.generation, epoch=1)
        return content, Address("127.0.0.1", self.colors[color])


Act = Callable[[Site], None]
WAYS: Mapping[str, Act] = {"plain reload": Site.plain_reload, "bluegreen": Site.switch}


@contextmanager
def site(folder: Path, colors: Mapping[Color, int]) -> Iterator[Site]:
    """One that runs; it serves no colour yet."""
    folder.mkdir()
    found = Site(folder, colors)
    with found.server as server:
        server.wait_until(lambda: listens(found.port), "nginx")
        yield found
