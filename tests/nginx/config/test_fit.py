"""A real nginx whose site does not go with the variable's file, until the lines are written that fix it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bluegreen import http
from bluegreen.deployment.errors import ProxyRefused
from cli.demo.servers import Server, find_nginx, free_port, listens
from nginx.config.fit import expect_fit
from nginx.proxy import Proxy
from nginx.standalone import write_standalone

pytestmark = pytest.mark.real

#: what it answers: whatever it was asked for
APP = 'server {{ listen 127.0.0.1:{port}; return 200 "$request_uri"; }}\n'
INCLUDE = "include {folder}/conf.d/url.inc;\n"


class Edge:
    """An nginx with a site of this test's."""

    def __init__(self, folder: Path, proxy: Proxy) -> None:
        self.folder, self.proxy = folder, proxy
        self.port, app = free_port(), free_port()
        self.conf = write_standalone(folder, self.port)
        self.text = self.conf.read_text()
        (folder / "conf.d" / "app.inc").write_text(APP.format(port=app))
        (folder / "conf.d" / "url.inc").write_text(f"set $service_url http://127.0.0.1:{app};\n")

    def get(self, site: str, path: str) -> str:
        """What the site's users get, once nginx has these lines in its server."""
        place = "location / {\n            proxy_pass http://app;"
        assert place in self.text
        lines = site.format(folder=self.folder)
        self.conf.write_text(self.text.replace('/conf.d/*.inc"', '/conf.d/app.inc"').replace(place, lines))
        with Server([find_nginx(), "-c", str(self.conf)], self.folder / "nginx.log") as server:
            server.wait_until(lambda: listens(self.port), "nginx")
            self.proxy.forget_capabilities()
            return str(http.get(f"http://127.0.0.1:{self.port}{path}", 5))


@pytest.fixture
def edge(tmp_path: Path, make_proxy: Callable[..., Proxy]) -> Edge:
    return Edge(tmp_path, make_proxy("url.inc", template="variable"))


@pytest.mark.parametrize(
    ("wrong", "fixed", "path", "given", "wanted"),
    [
        (
            f"rewrite ^/a/(.*)$ /b/$1 last; {INCLUDE} location / {{{{ proxy_pass $service_url;",
            f"{INCLUDE} rewrite ^/a/(.*)$ /b/$1 last; location / {{{{ proxy_pass $service_url;",
            "/a/x",
            "500",
            "200: /b/x",
        ),
        (
            f"{INCLUDE} location / {{{{ proxy_pass $service_url/;",
            f"{INCLUDE} location / {{{{ proxy_pass $service_url;",
            "/a/x",
            "200: /",
            "200: /a/x",
        ),
    ],
)
def test_it_is_refused_and_then_is_not(
    edge: Edge, wrong: str, fixed: str, path: str, given: str, wanted: str
) -> None:
    assert given in edge.get(wrong, path)
    with pytest.raises(ProxyRefused, match="do not go with") as refused:
        expect_fit(edge.proxy)
    assert refused.value.advice.startswith("Write:\n")

    assert edge.get(fixed, path) == wanted
    assert expect_fit(edge.proxy) == []
