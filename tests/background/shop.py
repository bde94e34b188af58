"""The Celery example on the real Engine: its site, workers and beat, and what has become of each job."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import requests
from docker.models.containers import Container

from bluegreen.store.connection import connect
from bluegreen.store.deployments import Store
from cli.demo.servers import free_port
from tests.compose.app import eventually
from tests.here import store_of_worker
from tests.one_file.site import OneFile

EXAMPLE = Path(__file__).parents[2] / "examples" / "celery"
#: seconds for a queue to be empty
PATIENCE = 90
BACKGROUND = """
[services.{0}.background.worker]
bake_seconds = 0.5
[services.{0}.background.beat]
overlap = false
bake_seconds = 0
"""


@dataclass(frozen=True)
class Life:
    """A container from its start to its end, by the Engine's clock."""

    name: str
    service: str
    began: float
    ended: float | None


class Shop(OneFile):
    """The example in a folder of its own. `jobs` is what was asked for."""

    def __init__(
        self, name: str, folder: Path, engine: docker.DockerClient, images: dict[str, str], wheels: Path | None
    ) -> None:
        super().__init__(name, folder, engine, images)
        self.wheels = wheels
        self.redis_port = free_port()
        self.jobs: set[int] = set()
        self.proxy_settings = {"container": f"{name}-nginx-1", "file": "nginx/upstream.inc"}
        self.settings = {"files": ["docker-compose.yml"], "service": "web", "stop_grace": 2}
        self.tables = BACKGROUND.format(name)
        self.changes: dict[str, str] = {}

    def write(self, version: str = "one") -> None:
        """All its files; `changes` are made in its compose file."""
        shutil.copytree(EXAMPLE, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        if self.wheels:
            shutil.copytree(self.wheels, self.folder / "wheels", dirs_exist_ok=True)
        (self.folder / "version").write_text(version)
        file = self.folder / "docker-compose.yml"
        text = file.read_text()
        ours = {
            "name: shop": f"name: {self.name}",
            "context: .": f"context: .\n    labels: {{bluegreen.test: {self.name}}}",
        }
        for there, instead in {**ours, **self.changes}.items():
            assert there in text, there
            text = text.replace(there, instead)
        file.write_text(text)
        env = {
            "PORT": self.site_port,
            "REDIS_PORT": self.redis_port,
            "PIP_NO_INDEX": 1 if self.wheels else 0,
            **{name: self.images[name] for name in ("PYTHON_IMAGE", "REDIS_IMAGE", "NGINX_IMAGE")},
        }
        (self.folder / ".env").write_text("".join(f"{key}={value}\n" for key, value in env.items()))

    def configure(self, redis_url: str) -> None:
        super().configure(redis_url)
        file = self.folder / "bluegreen.toml"
        # Celery takes its time to be imported, on a machine that has more to do
        file.write_text(file.read_text().replace("attempts = 2\n", "attempts = 20\n"))

    def up(self, *services: str) -> None:
        super().up(*services)
        self.our_redis = connect(self.redis_url)
        self.shop_redis = connect(f"redis://127.0.0.1:{self.redis_port}/0")

    def stop(self) -> None:
        super().stop()
        if hasattr(self, "shop_redis"):
            self.shop_redis.close()
            self.our_redis.close()

    @property
    def deployments(self) -> Store:
        """As its worker has written them."""
        return store_of_worker(self.our_redis)

    def is_final(self, identity: str) -> bool:
        """Whether the deployment has ended."""
        found = self.deployments.get(identity)
        return found is not None and found.state.final

    # jobs

    def ask_for(self, number: int, seconds: float) -> None:
        """A job that both versions know, by a request to the site."""
        self.jobs.add(number)
        answer = requests.post(f"{self.url}work", {}, params={"number": number, "seconds": seconds}, timeout=10)
        assert answer.status_code == 200, answer

    def ran(self) -> list[dict[str, Any]]:
        """What has happened so far, oldest first."""
        return [json.loads(line) for line in self.shop_redis.lrange("ran", 0, -1)]

    def ended(self, version: str | None = None) -> list[object]:
        """The jobs that have ended, ticks apart; those that this version has run."""
        return [
            each["job"]
            for each in self.ran()
            if each["event"] == "ended" and each["job"] != "tick" and version in (None, each["version"])
        ]

    def wait_for_all(self) -> None:
        """Every job that was asked for has ended.

        Celery may run one twice that began just as its worker was asked to end.
        """
        eventually(lambda: self.jobs <= set(self.ended()), PATIENCE)
        ended = [job for job in self.ended() if isinstance(job, int)]
        assert set(ended) == self.jobs and len(ended) <= 1.01 * len(self.jobs) + 1

    def wait_for_beginning(self, number: int) -> None:
        eventually(lambda: any((each["job"], each["event"]) == (number, "began") for each in self.ran()))

    def ticks(self) -> list[dict[str, Any]]:
        return [each for each in self.ran() if each["job"] == "tick"]

    # containers

    def of(self, service: str) -> list[Container]:
        """Those of one compose service that run, in whatever project of the shop."""
        labels = [f"com.docker.compose.service={service}"]
        found = self.engine.containers.list(filters={"label": labels}, ignore_removed=True)
        return [each for each in found if each.labels["com.docker.compose.project"].startswith(self.name)]

    def names_of(self, service: str) -> list[str]:
        return sorted(str(each.name) for each in self.of(service))

    @contextmanager
    def watched(self) -> Iterator[list[Life]]:
        """The lives of its background containers that began or ended within the block, once it is over."""
        lives: list[Life] = []
        running = {str(each.name): (service, 0.0) for service in ("worker", "beat") for each in self.of(service)}
        log = self.folder.parent / "events"
        # the Engine itself keeps no more than a few of what has happened
        filters = ["--filter", "type=container", "--filter", "event=start", "--filter", "event=die"]
        since = f"{time.time():.6f}"
        with log.open("w") as file:
            line = ["docker", "events", "--since", since, *filters, "--format", "{{json .}}"]
            following = subprocess.Popen(line, stdout=file)
        try:
            yield lives
        finally:
            following.terminate()
            following.wait()
        for event in map(json.loads, log.read_text().splitlines()):
            labels = event["Actor"]["Attributes"]
            project, name = labels.get("com.docker.compose.project", ""), labels["name"]
            service, moment = labels.get("com.docker.compose.service"), event["timeNano"] / 1e9
            if not project.startswith(self.name) or service not in ("worker", "beat"):
                continue
            if event["Action"] == "start":
                running[name] = service, moment
            elif name in running:
                service, began = running.pop(name)
                lives.append(Life(name, service, began, moment))
        lives.extend(Life(name, service, began, None) for name, (service, began) in running.items())


def overlaps(lives: list[Life], service: str) -> list[tuple[Life, Life]]:
    """Any two of a service that ran at once."""
    found = sorted((each for each in lives if each.service == service), key=lambda each: each.began)
    return [
        (one, other)
        for index, one in enumerate(found)
        for other in found[index + 1 :]
        if one.ended is None or one.ended > other.began
    ]


class Steady:
    """Jobs asked for at a steady rate, from a thread of its own, until the block is over."""

    def __init__(self, shop: Shop, first: int, seconds: float = 0.05, pause: float = 0.1) -> None:
        self.shop, self.number, self.seconds, self.pause = shop, first, seconds, pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._over.wait(self.pause):
            self.shop.ask_for(self.number, self.seconds)
            self.number += 1

    def __enter__(self) -> "Steady":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
