"""How an nginx was built, by what `nginx -V` of three builds prints."""

import pytest

from nginx.config.build import Build, build_of

pytestmark = pytest.mark.unit

DEBIAN = """nginx version: nginx/1.22.1
built with OpenSSL 3.0.20 7 Apr 2026
TLS SNI support enabled
configure arguments: --with-cc-opt='-g -O2 -fPIC' --prefix=/usr/share/nginx --conf-path=/etc/nginx/nginx.conf \
--http-log-path=/var/log/nginx/access.log --error-log-path=stderr --pid-path=/run/nginx.pid --with-compat
"""
WINDOWS = "nginx version: nginx/1.28.0\nconfigure arguments: --with-cc=cl --prefix= --pid-path=logs/nginx.pid\n"
PLAIN = "nginx version: nginx/1.31.3\nbuilt by gcc 14.2.0\nconfigure arguments: --with-http_ssl_module\n"


@pytest.mark.parametrize(
    ("text", "build"),
    [
        (DEBIAN, Build((1, 22, 1), "/usr/share/nginx", "/run/nginx.pid", "/var/log/nginx/access.log")),
        (WINDOWS, Build((1, 28, 0), "", "logs/nginx.pid", "logs/access.log")),
        (PLAIN, Build((1, 31, 3), "/usr/local/nginx", "logs/nginx.pid", "logs/access.log")),
        ("", Build((0, 0, 0), "/usr/local/nginx", "logs/nginx.pid", "logs/access.log")),
    ],
)
def test_what_it_names_and_what_it_does_not(text: str, build: Build) -> None:
    assert build_of(text) == build


@pytest.mark.parametrize(
    ("path", "placed"),
    [
        ("logs/a.log", "/srv/edge/logs/a.log"),
        ("/var/log/a.log", "/var/log/a.log"),
        ("syslog:server=unix:/x", "syslog:server=unix:/x"),
        ("C:/nginx/a.log", "C:/nginx/a.log"),
        ("$host.log", "$host.log"),
    ],
)
def test_a_relative_path_begins_at_the_prefix(path: str, placed: str) -> None:
    assert Build(prefix="/srv/edge").placed(path) == placed
    assert Build(prefix=".").placed(path) == path
