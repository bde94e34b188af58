"""A small site in containers, from the files of bench/small: deployed to by a script, or by us."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import msgspec

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color
from bluegreen.store.connection import connect
from cli.demo.servers import Server, free_port, redis_answers, redis_server

FILES = Path(__file__).parent / "small"
IMAGES_FILE = Path(__file__).parents[1] / "tests" / "lab" / "images.env"
#: the command as it is installed: `python -m` would take the site's folder nginx/ for our package
BLUEGREEN = str(Path(sys.executable).with_name("bluegreen"))
#: seconds for one answer
TIMEOUT = 30.0
EMPTY = "upstream app { server 127.0.0.1:1; }\n"


def built_here() -> dict[str, str]:
    """The images of this machine, by their variables; none where they come from a registry."""
    text = IMAGES_FILE.read_text("utf-8") if IMAGES_FILE.exists() else ""
    return dict(line.split("=", 1) for line in text.split())


class Site:
    """The proxy and the files of one small site, in a folder of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.ports = {key: free_port() for key in ("BLUE_PORT", "GREEN_PORT", "PROXY_PORT", "STATUS_PORT")}
        shutil.copytree(FILES, folder)
        ports = {key: str(port) for key, port in self.ports.items()}
        self.env = {**os.environ, **built_here(), **ports, "BENCH": name}
        self.color, self.version = Color.GREEN, 0

    def __enter__(self) -> "Site":
        (self.folder / "nginx" / "upstream.inc").write_text(EMPTY)
        self.run("docker", "compose", "up", "--detach")
        return self

    def __exit__(self, *_: object) -> None:
        for color in Color:
            self.run("docker", "compose", "-p", f"{self.name}-{color}", "down")
        self.run("docker", "compose", "down")

    def run(self, *arguments: str) -> float:
        """Run it to its end; how many seconds it took."""
        begun = time.monotonic()
        ended = subprocess.run(
            arguments, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=300
        )
        if ended.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)}\n{ended.stdout[-2000:]}\n{ended.stderr[-2000:]}")
        return time.monotonic() - begun

    def floor(self) -> float:
        """Deploy to the other colour."""
        old, self.color = self.color, self.color.other
        self.version += 1
        port = str(self.ports[f"{self.color.upper()}_PORT"])
        return self.run("./floor.sh", self.color, old, port, f"v{self.version}")

    def pipeline(self) -> float:
        """Deploy to the other colour."""
        return self.run("./pipeline.sh")

    def answer(self, path: str = "/") -> str:
        """What a user gets: the body of a 200, else why there is none."""
        connection = HTTPConnection("127.0.0.1", self.ports["PROXY_PORT"], timeout=TIMEOUT)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read().decode()
            return body if response.status == 200 else f"status {response.status}"
        except (OSError, HTTPException) as error:
            return f"{type(error).__name__}: {error}"
        finally:
            connection.close()


class OurSite(Site):
    """One with a worker and a Redis, whose deployments are ours."""

    def __enter__(self) -> "OurSite":
        super().__enter__()
        self.servers = ExitStack()
        port = free_port()
        self.env["BLUEGREEN_REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        self.env["BLUEGREEN_CONFIG"] = str(self._write_config())
        self.env["STATE_DIRECTORY"] = str(self.folder / "state")
        server = self.servers.enter_context(redis_server(self.folder, port))
        server.wait_until(lambda: redis_answers(port), "Redis")
        redis = self.servers.enter_context(connect(self.env["BLUEGREEN_REDIS_URL"]))
        command = [BLUEGREEN, "worker"]
        worker = self.servers.enter_context(Server(command, self.folder / "worker.log", self.env))
        worker.wait_until(lambda: redis.exists("bluegreen:hosts") == 1, "the worker")
        return self

    def __exit__(self, *_: object) -> None:
        self.servers.close()
        super().__exit__()

    def _write_config(self) -> Path:
        file = self.folder / "bluegreen.toml"
        text = file.read_text().replace("@BENCH@", self.name)
        for key, port in self.ports.items():
            text = text.replace(f"@{key}@", str(port))
        file.write_text(text)
        return file

    def configure(self, there: str, instead: str) -> None:
        """Change its config file."""
        file = self.folder / "bluegreen.toml"
        text = file.read_text()
        assert there in text, there
        file.write_text(text.replace(there, instead))

    def deploy(self) -> float:
        """Deploy to the other colour, by the command as a user runs it."""
        return self.run(BLUEGREEN, "deploy", self.name)

    def last(self) -> Deployment:
        """The last deployment."""
        shown = subprocess.run(
            [BLUEGREEN, "history", self.name, "--json"],
            env=self.env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return msgspec.convert(json.loads(shown.stdout)[-1], Deployment)
