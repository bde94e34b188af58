"""What the file of a proxy in a container does with the colour's name, on a current nginx and on an old one."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container

from deployment import probe
from deployment.runtime import Address
from deployment.settings import Proxy
from deployment.states import Color
from nginx.abilities import Abilities, parse_version
from nginx.content import Content
from nginx.render import render
from tests.e2e.load import Load

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

#: seconds that the name server takes for an answer: what a busy machine's may, now and then
DELAY = 0.2
NAME_SERVER = """
import socket, struct, threading, time

def answer(query, client):
    name, at = [], 12
    while query[at]:
        name.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    time.sleep(DELAY)
    head, question = query[:2], query[12 : at + 5]
    try:
        address = socket.inet_aton(socket.gethostbyname(".".join(name)))
    except OSError:
        server.sendto(head + struct.pack(">5H", 0x8183, 1, 0, 0, 0) + question, client)
        return
    wanted = struct.unpack(">H", query[at + 1 : at + 3])[0] == 1
    record = struct.pack(">HHHLH", 0xC00C, 1, 1, 1, 4) + address if wanted else b""
    server.sendto(head + struct.pack(">5H", 0x8180, 1, int(wanted), 0, 0) + question + record, client)

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", 53))
print("ready", flush=True)
while True:
    threading.Thread(target=answer, args=server.recvfrom(512), daemon=True).start()
"""
APP = """
import http.server, json, sys

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"color": sys.argv[1], "version": self.headers["Host"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Accel-Redirect", "/elsewhere") if self.path == "/accel" else None
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""
SITE = """
include /etc/nginx/conf.d/upstream.inc;
server {
    listen 80;
    location / { proxy_pass http://app; proxy_set_header Host $http_host; }
    location = /elsewhere { internal; return 200 "from elsewhere"; }
}
"""


class Place:
    """A network with a slow name server, two colours and an nginx."""

    def __init__(self, run: Callable[..., Container], name: str, folder: Path) -> None:
        self.run, self.name, self.folder = run, name, folder
        self.generation = 0

    def start(self, nginx: str, resolver: str) -> None:
        """Start nginx with a file that leads to blue."""
        (self.folder / "default.conf").write_text(SITE)
        self.settings = Proxy(container=f"{self.name}-proxy", file="upstream.inc", resolver=resolver)
        mount = {str(self.folder): {"bind": "/etc/nginx/conf.d", "mode": "ro"}}
        told = self.run("version", nginx, ["nginx", "-v"])
        told.wait()
        self.version = parse_version(told.logs().decode())
        self.write(Color.BLUE)
        self.proxy = self.run("proxy", nginx, volumes=mount, ports={"80/tcp": ("127.0.0.1", None)})
        self.proxy.reload()
        self.url = f"http://127.0.0.1:{self.proxy.ports['80/tcp'][0]['HostPort']}"

    def write(self, color: Color) -> None:
        """As a switch writes it."""
        self.generation += 1
        content = Content(service=self.name, color=color, release="v", generation=self.generation, epoch=1)
        address = Address(f"{self.name}-{color}", 8000, dynamic=True)
        text = render(self.settings, content, address, Abilities(self.version, sets_keepalive=False))
        (self.folder / "upstream.inc").write_text(text)

    def turn(self, color: Color) -> None:
        self.write(color)
        assert self.proxy.exec_run(["nginx", "-s", "reload"]).exit_code == 0

    def get(self, path: str = "/") -> str:
        return str(probe.get(f"{self.url}{path}", 10))

    def wait_for(self, said: str) -> None:
        """Return when an answer has this in it: a colour, a status."""
        deadline = time.monotonic() + 20
        while said not in (last := self.get()):
            assert time.monotonic() < deadline, last
            time.sleep(0.02)


@pytest.fixture(params=["NGINX_IMAGE", "NGINX_OLD_IMAGE"])
def place(
    request: pytest.FixtureRequest,
    engine: docker.DockerClient,
    images: dict[str, str],
    name: str,
    tmp_path: Path,
) -> Iterator[Place]:
    network = engine.networks.create(name)
    started: list[Container] = []

    def run(word: str, image: str, command: object = None, **options: object) -> Container:
        each = engine.containers.run(
            image, command, detach=True, name=f"{name}-{word}", network=name, stop_signal="SIGKILL", **options
        )
        started.append(each)
        return each

    place = Place(run, name, tmp_path)
    try:
        python = images["PYTHON_IMAGE"]
        for color in Color:
            run(color, python, ["python3", "-c", APP, color])
        server = run("names", python, ["python3", "-c", NAME_SERVER.replace("DELAY", str(DELAY))])
        server.reload()
        place.start(images[request.param], server.attrs["NetworkSettings"]["Networks"][name]["IPAddress"])
        place.wait_for(Color.BLUE)
        yield place
    finally:
        for each in started:
            each.remove(force=True, v=True)
        network.remove()


def test_no_request_fails_while_new_workers_learn_the_address(place: Place, tmp_path: Path) -> None:
    with Load(f"{place.url}/", tmp_path, rate=100) as load:
        for color in (Color.GREEN, Color.BLUE, Color.GREEN):
            place.turn(color)
            place.wait_for(color)

    fresh = [
        line for line in load.lines() if not line["kept"]
    ]  # an old nginx cuts kept connections, as nginx.md says
    assert [line for line in fresh if line["status"] != 200] == []
    assert {line["version"] for line in fresh} == {place.url.removeprefix("http://")}, "the Host header was lost"
    assert "from elsewhere" in place.get("/accel"), "a header for the site's own server has not reached it"


def test_it_starts_without_the_colour_and_finds_it_later(place: Place) -> None:
    blue = place.proxy.client.containers.get(f"{place.name}-blue")
    blue.stop()
    place.proxy.restart(timeout=1)
    place.proxy.reload()
    place.url = f"http://127.0.0.1:{place.proxy.ports['80/tcp'][0]['HostPort']}"
    place.wait_for("502")

    blue.start()

    place.wait_for(Color.BLUE)
