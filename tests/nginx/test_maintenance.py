"""A maintenance on a real nginx: the page, those who are allowed, and what nginx serves itself."""

import json
import os
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import ProxyRefused
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.proxy import Route
from bluegreen.deployment.record import now
from bluegreen.deployment.runtime import Address
from cli.demo.servers import Server, find_nginx, free_port, listens
from nginx.drain import drain
from nginx.file.closing import TO_APPLICATION, TO_PAGE
from nginx.file.render import render
from nginx.proxy import Proxy
from nginx.switch import prepare
from tests.nginx.turning import marker

pytestmark = pytest.mark.real

CONF = """{user}
worker_processes 2; daemon off; pid "{folder}/nginx.pid"; error_log "{folder}/error.log"; events {{ }}
http {{
    access_log off;
    client_body_temp_path "{folder}/body"; proxy_temp_path "{folder}/proxy"; fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi"; scgi_temp_path "{folder}/scgi";
    {http}
    server {{
        listen 127.0.0.1:{port};
        set_real_ip_from 127.0.0.1; real_ip_header X-From;
        client_max_body_size 50m; client_body_buffer_size 8m; large_client_header_buffers 4 32k;
        {server}
        location /static/ {{ root "{folder}"; }}
        location / {{
            {more}
            proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr; proxy_pass http://{target};
        }}
    }}
}}
"""
PAGE = "<h1>it's 5 o'clock \\o/ &amp; ${5} müde</h1>\n" + "<p>x</p>\n" * 1000
CLOSED = Maintenance(
    since=now(), requested_by="ann", allow=("203.0.113.0/30", "2001:db8::7"), page=PAGE, secret="0123456789abcdef"
)


class Application(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def application() -> Iterator[Address]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Application) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Address("127.0.0.1", server.server_address[1])
        server.shutdown()


class Site:
    def __init__(self, folder: Path, port: int, proxy: Proxy, application: Address) -> None:
        self.folder, self.port, self.proxy, self.application = folder, port, proxy, application

    def write(self, more: str = "") -> None:
        """The site's own file."""
        is_variable = self.proxy.settings.template == "variable"
        include = f'include "{self.folder}/conf.d/*.inc";'
        parts = {"http": "", "server": include, "target": ""} if is_variable else {"http": include, "server": ""}
        target = "" if is_variable else "app"
        user = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
        text = CONF.format(user=user, folder=self.folder, port=self.port, more=more, **{**parts, "target": target})
        text = text.replace("proxy_pass http://;", "proxy_pass $service_url;")
        (self.folder / "nginx.conf").write_text(text)
        (self.folder / "static").mkdir(exist_ok=True)
        (self.folder / "static" / "site.css").write_text("a {}")

    def turn(self, maintenance: Maintenance | None, epoch: int) -> None:
        route = Route.of(marker(epoch=epoch), maintenance)
        text = render(
            self.proxy.settings, route.marker, self.application, self.proxy.capabilities(), route.maintenance
        )
        with prepare([self.proxy], {self.proxy.label: text}, route.marker, NeverCancelled()) as switch:
            switch.commit()
        drain([self.proxy], switch.retired, 10, NeverCancelled())

    def get(self, path: str = "/", way: str = "get", **headers: str) -> requests.Response:
        sent: Mapping[str, str] = {name.replace("_", "-"): each for name, each in headers.items()}
        data = b"x" * 5_000_000 if way == "post" else None
        return requests.request(way, f"http://127.0.0.1:{self.port}{path}", headers=sent, data=data, timeout=10)


@pytest.fixture(params=["upstream", "variable"])
def site(
    request: pytest.FixtureRequest, tmp_path: Path, make_proxy: Callable[..., Proxy], application: Address
) -> Iterator[Site]:
    more = {"status_url": None} if request.param == "upstream" else {}
    proxy = make_proxy(template=request.param, **more)
    site = Site(tmp_path, free_port(), proxy, application)
    (tmp_path / "conf.d").mkdir()
    first = "upstream app { server 127.0.0.1:1 down; }" if request.param == "upstream" else "set $service_url '';"
    (tmp_path / "conf.d" / "app.inc").write_text(first)
    site.write()
    server = Server([find_nginx(), "-c", str(tmp_path / "nginx.conf")], tmp_path / "nginx.log")
    with server:
        server.wait_until(lambda: listens(site.port), "nginx")
        yield site


def test_it_answers_in_the_applications_place_and_nowhere_else(site: Site) -> None:
    site.turn(None, 1)
    assert site.get().status_code == 200
    plain = site.proxy.file.read()

    site.turn(CLOSED, 2)

    for path, way in (("/", "get"), ("/a/b.css?x=1", "get"), ("/upload", "post"), ("/x", "put")):
        answer = site.get(path, way, Cookie="c" * 20_000)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "300"), (path, answer.text[:300])
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.content.decode() == PAGE.replace("$", "&#36;")
    assert site.get("/static/site.css").text == "a {}"

    site.turn(None, 3)
    assert site.get().status_code == 200
    text = site.proxy.file.read()
    assert plain and text and text.replace('"epoch":3', '"epoch":1') == plain


@pytest.mark.parametrize("address", ["203.0.113.0", "203.0.113.3", "2001:db8::7"])
def test_who_is_allowed_meets_the_application_itself_with_nothing_between(site: Site, address: str) -> None:
    site.turn(CLOSED, 2)

    for _ in range(10):
        answer = site.get(X_From=address, Host="www.example.org")
        assert answer.status_code == 200, answer.text[:300]
        seen = answer.json()
        assert (seen["Host"], seen["X-Real-IP"]) == ("www.example.org", address)


@pytest.mark.parametrize("address", ["203.0.113.4", "203.0.112.1", "2001:db8::8", "127.0.0.1"])
def test_who_is_not_allowed_meets_the_page(site: Site, address: str) -> None:
    site.turn(CLOSED, 2)

    assert {site.get(X_From=address).status_code for _ in range(10)} == {503}
    assert site.get("/", X_From=address, X_Bluegreen_Probe="wrong").status_code == 503
    assert site.get("/.bluegreen/web/maintenance", X_From="203.0.113.1").status_code != 503


def test_our_probes_meet_the_application(site: Site) -> None:
    site.turn(CLOSED, 2)

    assert site.get("/health", X_Bluegreen_Probe=CLOSED.secret).status_code == 200


def test_an_application_that_is_gone_leaves_those_who_are_allowed_with_the_page_or_an_error(site: Site) -> None:
    site.application = Address("127.0.0.1", free_port())
    site.turn(CLOSED, 2)

    assert site.get(X_From="203.0.113.1").status_code in (502, 503)
    assert site.get().status_code == 503


@pytest.mark.parametrize("site", ["upstream"], indirect=True)
@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "proxy_next_upstream error http_503;",
            "by `proxy_next_upstream error http_503` the application is asked",
        ),
        ("proxy_next_upstream error;", None),
    ],
)
def test_a_site_that_would_ask_the_application_all_the_same_is_refused(
    site: Site, more: str, said: str | None
) -> None:
    site.write(more)

    if said is None:
        site.turn(CLOSED, 2)
        assert site.get().status_code == 503
        return
    with pytest.raises(ProxyRefused, match=said):
        site.turn(CLOSED, 2)


def test_an_ipv6_network_is_allowed_where_nginx_can_tell_it(site: Site) -> None:
    maintenance = CLOSED.with_(allow=("2001:db8::/32",))
    if site.proxy.settings.template == "variable":
        with pytest.raises(ProxyRefused, match='a network of IPv6 needs template = "upstream"'):
            site.turn(maintenance, 2)
        return
    site.turn(maintenance, 2)
    assert site.get(X_From="2001:db8:1::9").status_code == 200


def test_the_keys_lead_where_they_should_by_nginx_s_own_sum() -> None:
    def tries(key: str, number: int) -> Iterator[int]:
        total = 0
        for again in range(number):
            total += (zlib.crc32(f"{again or ''}{key}".encode()) >> 16) & 0x7FFF
            yield total

    assert list(tries(TO_PAGE, 1)) == [0]
    assert all(total % number for total in tries(TO_APPLICATION, 4) for number in range(2, 9))
