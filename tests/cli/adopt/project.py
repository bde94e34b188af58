"""A Compose project of somebody's own, running, with users of its site."""

import json
import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from bluegreen import http
from cli.demo.servers import free_port
from tests.compose.app import SOURCE, eventually

WEB = """  web:
    build: .
    environment: {RELEASE: "${BLUEGREEN_RELEASE:-before}"}
"""
COMPOSE = """name: NAME
services:
WEB
  nginx:
    image: NGINX
    ports: ["127.0.0.1:SITE:80"]
    volumes: ["./nginx:/etc/nginx/conf.d"]
    depends_on: [web]
"""
DIRECT = """server {
    listen 80;
    location / {
        proxy_pass http://web:8000;
        proxy_set_header Host $http_host;
    }
}
"""
#: answers with the release that it was started as, and closes nothing early
APP = SOURCE.replace('pathlib.Path("/version").read_text()', '__import__("os").environ.get("RELEASE", "before")')


class Project:
    """In a folder of its own; `site` is its URL."""

    def __init__(self, folder: Path, name: str, images: dict[str, str]) -> None:
        self.folder, self.name, self.images = folder, name, images
        self.port = free_port()
        self.site = f"http://127.0.0.1:{self.port}/"
        self.env = {
            key: value for key, value in os.environ.items() if not key.startswith(("COMPOSE_", "BLUEGREEN_"))
        }

    def write(self, files: dict[str, str]) -> None:
        """Files of the folder; capitals stand for what is this project's own."""
        for path, text in {"app.py": APP, "Dockerfile": self._dockerfile(), **files}.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(self.filled(text))

    def filled(self, text: str) -> str:
        """With what is this project's own in the place of the capitals."""
        for word, value in self._words().items():
            text = text.replace(word, value)
        return text

    def build(self, image: str) -> None:
        """An image of that name, as a registry has one."""
        subprocess.run(["docker", "build", "--tag", image, "."], cwd=self.folder, check=True, capture_output=True)

    def up(self) -> None:
        """Start it, and wait until the site answers."""
        self.compose("up", "--detach", "--build")
        eventually(lambda: http.get(self.site, 2).status == 200)

    def compose(self, *arguments: str) -> str:
        ended = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def bluegreen(self, *arguments: str, status: int = 0) -> str:
        """What the command prints, once it has ended with that status."""
        # The script, not `python -m`: that would take the project's own folder nginx/ for a package.
        command = str(Path(sys.executable).parent / "bluegreen")
        ended = subprocess.run(
            [command, *arguments], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=180
        )
        said = ended.stdout + ended.stderr
        assert ended.returncode == status, f"status {ended.returncode}: {said}"
        return said

    def texts(self) -> dict[str, str]:
        """All files of the folder, with their modes."""
        files = [each for each in sorted(self.folder.rglob("*")) if each.is_file()]
        return {
            str(each.relative_to(self.folder)): f"{each.stat().st_mode:o} {each.read_text()}" for each in files
        }

    def served(self, path: str = "") -> str:
        """What the site answers."""
        return http.get(self.site + path, 5).body

    def left(self) -> set[str]:
        """All that there is of it, but for the project's own files: on the Engine, and in the state folder."""
        own = ["--filter", f"name={self.name}", "--format"]
        asked = {
            "container": ["ps", "--all", *own, "{{.Names}}"],
            "network": ["network", "ls", *own, "{{.Name}}"],
            "volume": ["volume", "ls", *own, "{{.Name}}"],
            "image": [
                "images",
                "--filter",
                f"label=bluegreen.test={self.name}",
                "--format",
                "{{.Repository}}:{{.Tag}}",
            ],
        }
        found = set()
        for kind, arguments in asked.items():
            ended = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=30, check=True)
            found |= {f"{kind} {line}" for line in ended.stdout.splitlines()}
        return found | {f"state {each}" for each in Path(self.env["STATE_DIRECTORY"]).rglob("*")}

    def inspect(self, container: str) -> dict[str, object]:
        printed = subprocess.run(
            ["docker", "inspect", container], capture_output=True, text=True, timeout=30
        ).stdout
        found: list[dict[str, object]] = json.loads(printed)
        return found[0]

    def restarts(self, container: str) -> str:
        """When the Engine starts it again."""
        found: str = self.inspect(container)["HostConfig"]["RestartPolicy"]["Name"]  # type: ignore[index]
        return found

    def _dockerfile(self) -> str:
        # the label: an image of the very same content would be another test's, too
        return f'FROM PYTHON\nLABEL bluegreen.test={self.name}\nCOPY app.py /app.py\nCMD ["python3", "/app.py"]\n'

    def _words(self) -> dict[str, str]:
        return {
            "WEB\n": WEB,
            "NAME": self.name,
            "SITE": str(self.port),
            "PYTHON": self.images["PYTHON_IMAGE"],
            "NGINX": self.images["NGINX_IMAGE"],
        }


class Load:
    """Requests at a steady rate, each on a connection of its own; those that fail are kept."""

    def __init__(self, url: str, rate: float = 50) -> None:
        self.parts, self.rate = urlsplit(url), rate
        self.good, self.failed = 0, list[str]()
        #: when each of these was begun
        self.failed_at: list[float] = []
        self._threads: list[threading.Thread] = []

    @contextmanager
    def running(self) -> Iterator["Load"]:
        over = threading.Event()
        driver = threading.Thread(target=self._drive, args=(over,))
        driver.start()
        try:
            yield self
        finally:
            over.set()
            driver.join(30)
            for each in self._threads:
                each.join(30)

    def _drive(self, over: threading.Event) -> None:
        began, number = time.monotonic(), 0
        while not over.wait(max(0.0, began + number / self.rate - time.monotonic())):
            number += 1
            thread = threading.Thread(target=self._ask)
            thread.start()
            self._threads.append(thread)

    def _connection(self) -> HTTPConnection:
        host, port = self.parts.hostname or "", self.parts.port
        if self.parts.scheme == "http":
            return HTTPConnection(host, port, timeout=20)
        context = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
        return HTTPSConnection(host, port, timeout=20, context=context)

    def _ask(self) -> None:
        began, connection = time.monotonic(), self._connection()
        try:
            connection.request("GET", self.parts.path or "/")
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                self.good += 1
                return
            failure = f"status {answer.status}"
        except (OSError, HTTPException) as error:
            failure = f"{type(error).__name__}: {error}"
        finally:
            connection.close()
        self.failed.append(failure)
        self.failed_at.append(began)
