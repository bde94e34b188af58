"""A colour with several containers, of which one goes and comes back at another address."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import docker
import pytest
from docker.models.containers import Container as EngineContainer

from bluegreen import http
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from compose.container import Container
from nginx.file.plain_file import PlainFile
from nginx.file.render import render
from nginx.file.upstream_names import hosts_in
from nginx.proxy import Proxy
from nginx.upkeep.following import follow
from tests.cancellations import Free
from tests.e2e.load import Load
from tests.killed import killed_at

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

APP = """
import http.server

BODY = b'{"version": "v", "color": "blue"}'

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""
SITES = {
    "upstream": "include /etc/nginx/conf.d/ours.inc; server { listen 80; location / { proxy_pass http://app; } }",
    "variable": "server { listen 80; include /etc/nginx/conf.d/ours.inc;"
    " location / { proxy_set_header Host $host; proxy_pass $service_url; } }",
}
PLACEHOLDERS = {
    "upstream": "upstream app { server 127.0.0.1:1 down; }",
    "variable": "set $service_url 127.0.0.1:1;",
}


class Location:
    """A network on which two containers have one name, and an nginx before them."""

    def __init__(self, engine: docker.DockerClient, name: str, folder: Path) -> None:
        self.engine, self.name, self.folder = engine, name, folder
        self.network = engine.networks.create(name)
        self.started: list[EngineContainer] = []

    def start(self, template: str, nginx: str, python: str) -> None:
        self.python = python
        for _ in range(2):
            self.run(python, ["python3", "-c", APP], alias="app-blue")
        (self.folder / "default.conf").write_text(SITES[template])
        (self.folder / "ours.inc").write_text(PLACEHOLDERS[template])
        mount = {str(self.folder): {"bind": "/etc/nginx/conf.d", "mode": "ro"}}
        proxy = self.run(nginx, volumes=mount, ports={"80/tcp": ("127.0.0.1", None)})
        proxy.reload()
        self.url = f"http://127.0.0.1:{proxy.ports['80/tcp'][0]['HostPort']}/"
        settings = ProxySettings(
            container=proxy.name, file=self.folder / "ours.inc", template=template, status_port=0
        )
        self.proxy = Proxy(settings, "web", Container(proxy.name), PlainFile(self.folder / "ours.inc"))
        self.eventually(lambda: http.get(self.url, 5).status is not None)
        content = Marker(service="web", color=Color.BLUE, release="v", generation=1, epoch=1)
        address = Address("app-blue", 8000, dynamic=True, hosts=tuple(self.hosts()))
        self.proxy.file.write(render(settings, content, address, self.proxy.capabilities()))
        self.proxy.reload()
        self.eventually(lambda: http.get(self.url, 5).status == 200)

    def run(self, image: str, command: object = None, alias: str = "", **options: object) -> EngineContainer:
        each = self.engine.containers.create(
            image, command, name=f"{self.name}-{len(self.started)}", network=self.name, **options
        )
        self.started.append(each)
        self.network.disconnect(each)
        self.network.connect(each, aliases=[alias] if alias else [])
        each.start()
        return each

    def hosts(self) -> set[str]:
        """Of the containers that run of the two."""
        for each in self.started[:2]:
            each.reload()
        found = (each.attrs["NetworkSettings"]["Networks"][self.name]["IPAddress"] for each in self.started[:2])
        return {address for address in found if address}

    def follow(self) -> None:
        """As a worker does within a second."""
        if self.proxy.asks_for_names:
            time.sleep(0.5)
            runtime = cast(Any, SimpleNamespace(hosts_in_network=lambda _: self.hosts()))
            assert follow(self.proxy, runtime, Free(), lambda: True)

    def eventually(self, true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture
def place(engine: docker.DockerClient, name: str, tmp_path: Path) -> Iterator[Location]:
    place = Location(engine, name, tmp_path)
    try:
        yield place
    finally:
        for each in place.started:
            each.remove(force=True, v=True)
        place.network.remove()


@pytest.mark.parametrize(
    ("template", "image"),
    [
        ("upstream", "NGINX_IMAGE"),
        pytest.param("upstream", "NGINX_OLD_IMAGE", marks=pytest.mark.long),
        pytest.param("variable", "NGINX_IMAGE", marks=pytest.mark.long),
        ("variable", "NGINX_OLD_IMAGE"),
    ],
)
def test_no_request_fails_that_another_could_have_answered(
    place: Location, images: dict[str, str], tmp_path: Path, template: str, image: str
) -> None:
    place.start(template, images[image], images["PYTHON_IMAGE"])
    first, before = place.started[0], place.hosts()

    with Load(place.url, tmp_path, rate=100) as load:
        first.kill()
        place.follow()
        place.run(place.python, ["sleep", "100"])  # it may take the address
        time.sleep(2)
        first.start()
        assert place.hosts() != before
        place.follow()
        time.sleep(2)

    # one that was being answered by what was killed is nobody else's, nor one on a connection that a reload cut
    failed = [line for line in load.dropped() if not line["kept"]]
    assert failed == [] and len(load.lines()) > 200


@pytest.mark.parametrize(
    ("point", "times"),
    [
        pytest.param("before replace file", 1, marks=pytest.mark.long),
        ("after replace file", 1),
        pytest.param("before reload", 1, marks=pytest.mark.long),
        ("after reload", 1),
        pytest.param("before replace file", 2, marks=pytest.mark.long),
        pytest.param("after replace file", 2, marks=pytest.mark.long),
    ],
)
def test_a_worker_killed_as_an_nginx_follows_leaves_the_rest_to_the_next(
    place: Location, images: dict[str, str], point: str, times: int
) -> None:
    """First to where nobody is, then to where the container is again."""
    place.start("upstream", images["NGINX_OLD_IMAGE"], images["PYTHON_IMAGE"])
    before = place.hosts()
    for each in place.started[:2]:
        each.kill()

    killed_at(point, times, place.follow)
    place.follow()

    assert hosts_in(place.proxy.file.read() or "") == set()
    place.eventually(lambda: http.get(place.url, 5).status == 502)
    for _ in range(2):
        place.run(place.python, ["sleep", "100"])  # they may take the addresses
    place.started[0].start()
    assert place.hosts() != before

    killed_at(point, 1, place.follow)
    place.follow()

    assert hosts_in(place.proxy.file.read() or "") == place.hosts()
    place.eventually(lambda: [http.get(place.url, 5).status for _ in range(20)] == [200] * 20)
    content = place.proxy.read()
    assert content is not None and (content.color, content.generation) == (Color.BLUE, 1)
