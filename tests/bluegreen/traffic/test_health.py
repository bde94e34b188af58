"""One judged request: what is sent, and what an answer tells to do."""

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bluegreen.http import Response
from bluegreen.settings.service import HealthSettings
from bluegreen.traffic import health


@pytest.mark.unit
@pytest.mark.parametrize(
    ("status", "location", "settings", "told"),
    [
        (301, "https://www.example.org/health", {}, "X-Forwarded-Proto"),
        (302, "/login", {}, "set health.path to where it leads"),
        (400, "", {}, "health.host_header"),
        (401, "", {}, "USER:PASSWORD@"),
        (403, "", {}, "wants to know who asks"),
        (404, "", {"path": "/up"}, "/up is not to be seen"),
        (400, "", {"host_header": "www.example.org"}, ""),
        (500, "", {}, ""),
        (None, "", {}, ""),
    ],
)
def test_the_advice_fits_the_answer(
    status: int | None, location: str, settings: dict[str, str], told: str
) -> None:
    advice = health.advice(Response(status, "", 0.0, location), HealthSettings.model_validate(settings))

    assert told in advice if told else advice == ""


@pytest.mark.unit
def test_a_redirect_is_shown_with_where_it_leads() -> None:
    assert (
        str(Response(301, "moved", 0.0, "https://www.example.org/"))
        == "301: moved it leads to https://www.example.org/"
    )


@pytest.mark.unit
@pytest.mark.parametrize("name", ["Host", "connection", "User-Agent", "X Y", "X\r\nY", ""])
def test_a_header_that_is_ours_or_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="headers"):
        HealthSettings.model_validate({"headers": {name: "x"}})


class Insists(BaseHTTPRequestHandler):
    """An application behind a proxy that ends TLS: it wants to hear so, and its own name."""

    def do_GET(self) -> None:
        if self.headers["Host"] != "www.example.org":
            self.send_response(400)
        elif self.headers["X-Forwarded-Proto"] != "https":
            self.send_response(301)
            self.send_header("Location", "https://www.example.org" + self.path)
        else:
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def served(tls: tuple[Path, Path] | None = None) -> Iterator[int]:
    """The port of the application, by https where there are a certificate and its key."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Insists) as server:
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.real
def test_an_application_gets_the_host_and_the_headers_that_it_insists_on() -> None:
    asked = {"host_header": "www.example.org", "headers": {"X-Forwarded-Proto": "https"}}
    with served() as port:
        url = f"http://127.0.0.1:{port}/health"

        assert health.ask(url, HealthSettings.model_validate(asked)).good
        redirected = health.ask(url, HealthSettings.model_validate({"host_header": "www.example.org"}))
        unnamed = health.ask(url, HealthSettings())

    assert not redirected.good
    assert str(redirected) == "301: it leads to https://www.example.org/health"
    assert (unnamed.answer.status, unnamed.advice) == (400, health.BY_NAME)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for www.example.org that nobody believes yet, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ours"]
    name = ["-addext", "subjectAltName=DNS:www.example.org"]
    files = folder / "crt", folder / "key"
    subprocess.run([*command, *name, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


@pytest.mark.real
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_https_through_loopback_is_believed_by_ones_own_authority_and_name(
    authority: tuple[Path, Path], variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"host_header": "www.example.org", "headers": {"X-Forwarded-Proto": "https"}, "timeout": 10}
    with served(authority) as port:
        url = f"https://127.0.0.1:{port}/"
        stranger = health.ask(url, HealthSettings.model_validate(settings))
        monkeypatch.setenv(variable, str(authority[0]))

        known = health.ask(url, HealthSettings.model_validate(settings))
        other = health.ask(url, HealthSettings.model_validate({**settings, "host_header": "www.example.com"}))

    assert "CERTIFICATE_VERIFY_FAILED" in str(stranger)
    assert known.good, known
    assert not other.good
