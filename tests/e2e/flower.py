"""A real Flower, started by the command, and its HTTP API as curl would use it."""

import os
from types import TracebackType
from typing import Any

import requests

from cli.demo.servers import Server, free_port, listens
from tests.e2e.host import Host

USER, PASSWORD = "ann", "a-secret"


class Flower:
    """Runs while the `with` block does."""

    def __init__(self, host: Host, *options: str) -> None:
        self.host = host
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        arguments = [*host.command, "flower", f"--port={self.port}", *options]
        env = {**os.environ, **host.env, "FLOWER_BASIC_AUTH": f"{USER}:{PASSWORD}"}
        self.server = Server(arguments, host.folder / "flower.log", env)

    def __enter__(self) -> "Flower":
        self.server.start()
        self.server.wait_until(lambda: listens(self.port), "Flower")
        self.host.wait_until(self._hears)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.server.kill()

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(f"{self.url}/{path}", timeout=10, **{"auth": (USER, PASSWORD), **options})

    def ask(self, task: str, **names: object) -> requests.Response:
        """POST what the task shall be called with."""
        return self.post(f"api/task/async-apply/{task}", json={"kwargs": names})

    def post(self, path: str, **options: Any) -> requests.Response:
        return requests.post(f"{self.url}/{path}", auth=(USER, PASSWORD), timeout=10, **options)

    def answer(self, task: str, **names: object) -> dict[str, Any]:
        """What Flower knows of the task, once it has ended."""
        identity = self.ask(task, **names).json()["task-id"]
        known: dict[str, Any] = {}

        def has_ended() -> bool:
            response = self.get(f"api/task/info/{identity}")
            known.update(response.json() if response.ok else {"state": response.status_code})
            return known["state"] in ("SUCCESS", "FAILURE", "REVOKED")

        try:
            self.host.wait_until(has_ended)
        except AssertionError as error:
            log = (self.host.folder / "flower.log").read_text()
            raise AssertionError(f"{error}\nFlower knows {known}\n{log[-2000:]}") from None
        return known

    def tasks(self, deployment_id: str) -> dict[str, dict[str, Any]]:
        """All tasks of a deployment, by name."""
        listed = self.get("api/tasks").json().values()
        return {task["name"]: task for task in listed if task["uuid"].startswith(f"{deployment_id}.")}

    def _hears(self) -> bool:
        """Whether it has begun to listen to what workers tell: what was told before, it never knows."""
        return any("celeryev" in key for key in self.host.redis.keys("_kombu.binding.celeryev"))
