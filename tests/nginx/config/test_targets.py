"""Where an nginx sends requests, and which file only says that."""

import pytest

from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.states import Color
from nginx.config.targets import Switch, switches_in, targets_in

pytestmark = pytest.mark.unit

MARKER = Marker("web", Color.BLUE, "v1", 1, 1).as_json()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("upstream app { server app:8000; }", Switch("x.inc", "upstream", "app", ("app:8000",), None)),
        ("set $app http://app:8000;", Switch("x.inc", "variable", "app", ("app:8000",), None)),
        (
            f"# bluegreen: {MARKER}\nset $app http://app:8000;\n",
            Switch("x.inc", "variable", "app", ("app:8000",), "web"),
        ),
        (
            f"# bluegreen: {MARKER}\nkeepalive_min_timeout 5s; upstream app {{ server app:8000; }}",
            Switch("x.inc", "upstream", "app", ("app:8000",), "web"),
        ),
        ("upstream app { server app:8000; } upstream other { server other:8000; }", None),
        ("server { listen 80; location / { proxy_pass http://app:8000; } }", None),
        ("", None),
    ],
)
def test_a_file_that_only_says_where_requests_go_can_be_ours(text: str, found: Switch | None) -> None:
    assert switches_in({"x.inc": text}) == ([found] if found else [])


def test_every_place_to_which_requests_are_sent_is_named_once() -> None:
    site = """
        upstream app { server app:8000; server app-2:8000; keepalive 2; }
        server {
            listen 80;
            set $api https://[::1]:9000/v1;
            set $name example;
            location / { proxy_pass http://app; }
            location /api { if ($http_x) { proxy_pass http://10.0.0.1:81/x; } }
            location /php { fastcgi_pass unix:/run/php.sock; }
            location /again { proxy_pass http://10.0.0.1:81; }
            location /empty { proxy_pass; }
        }
    """

    assert targets_in({"nginx.conf": site}) == ["app:8000", "app-2:8000", "[::1]:9000", "app", "10.0.0.1:81"]
