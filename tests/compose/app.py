"""A small HTTP application with a compose file for each colour, and the runtime that drives it."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker

from bluegreen import http
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ServiceSettings
from cli.demo.servers import free_port
from compose.runtime import ComposeRuntime
from tests.cancellations import Free

SOURCE = """
import http.server, pathlib, signal, sys

VERSION = pathlib.Path("/version").read_text()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(VERSION.encode())

    def log_message(self, *_):
        pass

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("to standard output:", VERSION, flush=True)
print("to standard error:", VERSION, file=sys.stderr, flush=True)
if "crash" in VERSION:
    sys.exit(7)
http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""


class App:
    """One service in a folder of its own; `version` is what its containers answer."""

    def __init__(self, name: str, folder: Path, python: str) -> None:
        self.name = name
        self.folder = folder
        self.state = folder.with_name(f"{folder.name}-state")
        self.python = python
        self.ports = {"blue": free_port(), "green": free_port()}
        (folder / "app.py").write_text(SOURCE)
        self.dockerfile("COPY version /version")
        self.version("one")
        for color in Color:
            self.compose_file(color)

    @property
    def runtime(self) -> ComposeRuntime:
        return self.runtime_with()

    def runtime_with(self, migrate: dict[str, Any] | None = None, **compose: Any) -> ComposeRuntime:
        """The runtime with these settings in [compose], and these migrations."""
        settings = {
            "workspace": self.folder,
            "compose": {"service": "app-{color}", "stop_grace": 2} | compose,
            "ports": self.ports,
            "migrate": migrate,
            "proxies": [{"container": f"{self.name}-proxy", "file": "upstream.inc"}],
        }
        return ComposeRuntime(self.name, ServiceSettings.model_validate(settings).kept_in(self.state))

    def version(self, text: str) -> None:
        (self.folder / "version").write_text(text)

    def dockerfile(self, *steps: str) -> None:
        # the label: an image of the very same content would be another test's, too
        mark = f"LABEL bluegreen.test={self.name}"
        lines = [f"FROM {self.python}", mark, "COPY app.py /app.py", *steps, 'CMD ["python3", "/app.py"]']
        (self.folder / "Dockerfile").write_text("\n".join(lines) + "\n")

    def compose_file(self, color: Color, networks: dict[str, Any] | None = None, **changes: Any) -> None:
        """Write the colour's file; `changes` go into its service, where None leaves a key out."""
        service = {"build": ".", "ports": [f"{self.ports[color]}:8000"]} | changes
        service = {key: value for key, value in service.items() if value is not None}
        content: dict[str, Any] = {"services": {f"app-{color}": service}}
        if networks:
            service["networks"] = list(networks)
            content["networks"] = networks
        self.raw_compose_file(color, content)

    def raw_compose_file(self, color: Color, content: dict[str, Any]) -> None:
        (self.folder / f"docker-compose.{color}.yml").write_text(json.dumps(content))

    def make_image(self, engine: docker.DockerClient, image: str, version: str) -> str:
        """Build the version under that name, as a CI would; the id that it has."""
        self.version(version)
        built, _ = engine.images.build(path=str(self.folder), tag=image)
        return str(built.id)

    def answer(self, color: Color) -> str:
        """What the colour answers, once it does."""
        url = f"http://127.0.0.1:{self.ports[color]}/"
        eventually(lambda: http.get(url, timeout=2).status == 200)
        return http.get(url, timeout=2).body

    def deploy(self, color: Color, version: str, deployment_id: str = "d1") -> Release:
        """Build and start a version, as two phases would."""
        self.version(version)
        release = self.runtime.build(color, Release(name=version), deployment_id, Free())
        self.runtime.start(color, release, deployment_id, Free())
        return release


def eventually(check: Callable[[], object], seconds: float = 20) -> None:
    """Return as soon as the check holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
