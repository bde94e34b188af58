"""An nginx in a container follows the live colour by its name, a current nginx and an old one."""

import contextlib
import http.client
import socket
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import docker
import pytest
from docker.models.containers import Container as EngineContainer

from bluegreen import http as probe
from bluegreen.deployment.errors import FilesRefused
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from compose.container import Container
from nginx.config.capabilities import KEEPS_CONNECTIONS
from nginx.file.plain_file import PlainFile
from nginx.file.render import render
from nginx.file.upstream_names import hosts_in
from nginx.proxy import Proxy
from nginx.reloads import cut_by_reload, open_connections
from nginx.upkeep.following import follow
from tests.cancellations import Free

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

APP = """
import http.server, json, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []

    def do_GET(self):
        if self.path != "/seen":
            self.seen.append(self.path)
        time.sleep(1.5 if self.path == "/slow" else 0)
        told = {"color": sys.argv[1], "seen": self.seen, "header": self.headers["under_score"]}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "s=" + "x" * 12000) if self.path == "/large" else None
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""
SITE = """
include /etc/nginx/conf.d/upstream.inc;
add_header X-Once "here";
allow 172.16.0.0/12; allow 10.0.0.0/8; allow 192.168.0.0/16; deny all;
server {
    listen 80;
    underscores_in_headers on;
    proxy_buffer_size 32k; proxy_buffers 8 32k; proxy_busy_buffers_size 64k;
    large_client_header_buffers 4 64k;
    location / { proxy_pass http://app; proxy_read_timeout 1s; }
}
"""


class Location:
    """A network with two colours and an nginx that leads to blue."""

    def __init__(self, run: Callable[..., EngineContainer], name: str, folder: Path) -> None:
        self.run, self.name, self.folder = run, name, folder
        self.runtime = cast(Any, SimpleNamespace(hosts_in_network=self.hosts))

    def start(self, image: str) -> None:
        (self.folder / "default.conf").write_text(SITE)
        (self.folder / "upstream.inc").write_text("upstream app { server 127.0.0.1:1 down; }\n")
        mount = {str(self.folder): {"bind": "/etc/nginx/conf.d", "mode": "ro"}}
        ports = {"80/tcp": ("127.0.0.1", None), "8999/tcp": ("127.0.0.1", None)}
        self.nginx = self.run("proxy", image, volumes=mount, ports=ports)
        settings = ProxySettings(container=f"{self.name}-proxy", file=self.folder / "upstream.inc")
        self.file = PlainFile(self.folder / "upstream.inc")
        self.proxy = Proxy(settings, self.name, Container(self.nginx.name), self.file)
        self.eventually("502")
        self.write(Color.BLUE, generation=1)
        self.proxy.reload()
        self.eventually(Color.BLUE)

    def write(self, color: Color, generation: int) -> None:
        """As a switch writes it."""
        content = Marker(service=self.name, color=color, release="v", generation=generation, epoch=1)
        name = f"{self.name}-{color}"
        address = Address(name, 8000, dynamic=True, hosts=tuple(self.hosts(color)))
        self.file.write(render(self.proxy.settings, content, address, self.proxy.capabilities()))

    def color(self, color: Color) -> EngineContainer:
        return self.nginx.client.containers.get(f"{self.name}-{color}")

    def hosts(self, color: Color) -> Collection[str]:
        """As the runtime tells them."""
        networks = self.color(color).attrs["NetworkSettings"]["Networks"].values()
        return {each["IPAddress"] for each in networks if each["IPAddress"]}

    def move(self, color: Color) -> None:
        """Afterwards the colour has another address, and its old one has somebody who does not answer."""
        moved, before = self.color(color), self.hosts(color)
        network = moved.client.networks.get(self.name)
        network.disconnect(moved)
        self.run("squatter", self.color(color.other).image, ["sleep", "100"])
        network.connect(moved)
        assert self.hosts(color) != before

    def follow(self, is_free: bool = True) -> bool:
        return follow(self.proxy, self.runtime, Free(), lambda: is_free)

    @property
    def url(self) -> str:
        self.nginx.reload()
        return f"http://127.0.0.1:{self.nginx.ports['80/tcp'][0]['HostPort']}"

    def get(self, path: str = "/", **headers: str) -> tuple[int, list[str], str]:
        """Status, names of headers, body."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, [name for name, _ in answer.getheaders()], answer.read().decode()
        finally:
            connection.close()

    def eventually(self, said: str) -> None:
        """Return when an answer has this in it: a colour, a status."""
        deadline = time.monotonic() + 20
        while said not in (last := str(probe.get(self.url, 10))):
            assert time.monotonic() < deadline, last
            time.sleep(0.02)


@pytest.fixture(params=["NGINX_IMAGE", "NGINX_OLD_IMAGE"])
def place(
    request: pytest.FixtureRequest,
    engine: docker.DockerClient,
    images: dict[str, str],
    name: str,
    tmp_path: Path,
) -> Iterator[Location]:
    network = engine.networks.create(name)
    started: list[EngineContainer] = []

    def run(word: str, image: str, command: object = None, **options: object) -> EngineContainer:
        each = engine.containers.run(
            image, command, detach=True, name=f"{name}-{word}", network=name, stop_signal="SIGKILL", **options
        )
        started.append(each)
        return each

    place = Location(run, name, tmp_path)
    try:
        for color in Color:
            run(color, images["PYTHON_IMAGE"], ["python3", "-c", APP, color])
        place.start(images[request.param])
        yield place
    finally:
        for each in started:
            each.remove(force=True, v=True)
        network.remove()


def test_nothing_stands_between_a_user_and_the_application(place: Location) -> None:
    status, headers, body = place.get("/large", under_score="kept", Cookie="c=" + "y" * 30000)

    assert (status, headers.count("X-Once")) == (200, 1) and '"header": "kept"' in body
    assert place.get("/slow")[0] == 504
    assert place.get("/seen")[2].count("/slow") == 1, "the application was asked twice"


def test_the_connections_that_a_reload_may_cut_are_counted(place: Location) -> None:
    port = int(place.url.rpartition(":")[2])
    with contextlib.ExitStack() as opened:
        machine, ports = place.proxy.machine, place.proxy.capabilities().ports
        before = open_connections(machine, ports)
        for _ in range(5):
            opened.enter_context(socket.create_connection(("127.0.0.1", port)))

        deadline = time.monotonic() + 10
        while open_connections(machine, ports) != (before or 0) + 5:
            assert time.monotonic() < deadline, open_connections(machine, ports)
        cut = cut_by_reload(place.proxy)

    is_old = place.proxy.capabilities().version < KEEPS_CONNECTIONS
    assert (cut is not None) is is_old


def test_a_colour_that_has_another_address_is_found(place: Location) -> None:
    place.move(Color.BLUE)
    assert place.follow()

    place.eventually(Color.BLUE)
    text = place.file.read() or ""
    assert hosts_in(text) == set(place.hosts(Color.BLUE)) and place.proxy.served() == place.proxy.read()
    workers = place.proxy.serving_workers()
    assert place.follow() and place.proxy.serving_workers() == workers, "it was reloaded for nothing"


def test_a_colour_that_is_gone_keeps_no_nginx_from_its_work(place: Location) -> None:
    place.color(Color.BLUE).stop()
    place.proxy.forget_capabilities()
    with pytest.raises(FilesRefused, match="refuses its configuration") as refused:
        place.proxy.capabilities()
    assert "Start what has that name" in refused.value.advice

    assert place.follow()

    place.proxy.capabilities()
    place.nginx.restart(timeout=1)
    place.eventually("502")
    place.color(Color.BLUE).start()
    assert place.follow()
    place.eventually(Color.BLUE)


def test_what_was_not_taken_up_is_found_anew(place: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed() -> None:
        raise KeyboardInterrupt

    place.move(Color.BLUE)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(place.proxy, "reload", killed)
        place.follow()

    assert place.follow()
    place.eventually(Color.BLUE)


def test_a_switch_that_was_not_taken_up_is_a_deployments_affair(place: Location) -> None:
    place.write(Color.GREEN, generation=2)
    text = place.file.read()
    place.color(Color.GREEN).stop()

    assert not place.follow()

    assert place.file.read() == text
    place.proxy.settings = place.proxy.settings.model_copy(update={"status_port": 0})
    assert not place.follow(is_free=False)
    assert place.file.read() == text
