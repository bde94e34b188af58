"""A control plane to be measured: a Redis of its own, workers whose phases do nothing, and deployments."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from bluegreen.store import keys
from bluegreen.store.connection import connect
from bluegreen.store.deployments import Store
from cli.demo.servers import Server, free_port, redis_answers, redis_server

WORKERS = 3
#: seconds until they have all announced themselves, for a thousand services, on a busy machine
START_TIMEOUT = 60.0
#: seconds for all deployments of one run, and between two looks at whether one of them has ended
LONGEST, POLL = 900.0, 0.1
#: where the workers count their looks at all services
LOOKS = "bench:looks"
SERVICE = """
[services.{name}]
workspace = "."
processes.command = ["none"]
bake.seconds = 0
proxies = [{{ conf = "nginx.conf", file = "{name}.inc" }}]
[services.{name}.ports]
blue = 1
green = 2
"""


@dataclass(frozen=True)
class Traffic:
    """What Redis has been asked for, the bytes that it took in and gave out, and the workers' looks among it."""

    commands: float
    bytes: float
    looks: int

    def since(self, earlier: "Traffic") -> "Traffic":
        """What has come since then."""
        return Traffic(self.commands - earlier.commands, self.bytes - earlier.bytes, self.looks - earlier.looks)

    def without_looks(self, idle: "Traffic") -> "Traffic":
        """The rest, when each look costs what it does where there is nothing else."""
        share = self.looks / idle.looks
        return Traffic(self.commands - idle.commands * share, self.bytes - idle.bytes * share, 0)


class Plane:
    """Redis and the workers, which serve these services and no others."""

    def __init__(self, redis: Any, workers: Sequence[Server], services: Sequence[str]) -> None:
        self.redis = redis
        self.store = Store(redis).home(services[0])
        self.workers = workers
        self.services = services

    def run(self, services: Sequence[str]) -> list[Deployment]:
        """Deploy to all of them at once; the records, when all have ended well."""
        from workflows.deploy import launch

        records = [self.store.create(service, "bench") for service in services]
        for deployment in records:
            launch(deployment)
        deadline = time.monotonic() + LONGEST
        # One after the other: a look at each, and a few a second at the one that is waited for.
        for service in services:
            while self.redis.hexists(keys.service(self.store.installation, service), "holder"):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{service} is not deployed within {LONGEST:g} s")
                time.sleep(POLL)
        return [self._ended(deployment.id) for deployment in records]

    def traffic(self) -> Traffic:
        """Up to now."""
        stats = self.redis.info("stats")
        moved = stats["total_net_input_bytes"] + stats["total_net_output_bytes"]
        return Traffic(stats["total_commands_processed"], moved, int(self.redis.get(LOOKS) or 0))

    def size(self) -> dict[str, float]:
        """How much Redis holds: of anybody's, whatever it is called."""
        data = sum(self.redis.memory_usage(key, samples=0) or 0 for key in self.redis.scan_iter())
        return {"keys": self.redis.dbsize(), "data": data, "memory": self.redis.info("memory")["used_memory"]}

    def memory(self) -> float:
        """MB of the largest worker."""
        pids = [worker.process.pid for worker in self.workers if worker.process]
        return max(psutil.Process(pid).memory_info().rss for pid in pids) / 2**20

    def _ended(self, deployment_id: str) -> Deployment:
        deployment = self.store.get(deployment_id)
        if deployment is None or deployment.state is not State.SUCCEEDED:
            raise RuntimeError(f"{deployment_id} did not succeed: {deployment}")
        return deployment


@contextmanager
def own_redis(folder: Path) -> Iterator[tuple[Any, str]]:
    """One on a free port, and its URL: this process sends its messages there meanwhile."""
    from tasks.app import app

    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with redis_server(folder, port) as server, connect(url) as redis:
        server.wait_until(lambda: redis_answers(port), "Redis")
        before, app.conf.broker_url = app.conf.broker_url, url
        try:
            yield redis, url
        finally:
            app.close()
            app.conf.broker_url = before
            del app.amqp  # it keeps connections to the one that is gone


@contextmanager
def plane(folder: Path, redis: Any, url: str, number: int) -> Iterator[Plane]:
    """For so many services, with a Redis that has been emptied; its workers are ended afterwards."""
    services, config = [f"s{each}" for each in range(number)], folder / "bluegreen.toml"
    config.write_text("".join(SERVICE.format(name=name) for name in services), "utf-8")
    redis.flushall()
    environment = {"BLUEGREEN_REDIS_URL": url, "BLUEGREEN_CONFIG": str(config)}
    environment["STATE_DIRECTORY"] = str(folder / "state")
    command = [sys.executable, "-m", "bench.empty_worker"]
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Server(command, folder / f"worker{each}.log", environment))
            for each in range(WORKERS)
        ]
        workers[0].start_timeout = START_TIMEOUT
        workers[0].wait_until(lambda: redis.hlen(keys.workers()) == WORKERS, "the workers")
        yield Plane(redis, workers, services)
