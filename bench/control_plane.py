"""What the control plane costs: `python -m bench.control_plane`.

Deployments whose phases have nothing to do (bench/empty_worker.py), first one after the other, then ever more of
them at once, each of a service of its own, on WORKERS worker processes and one Redis. Exit status 0 when what one
deployment costs Redis does not grow with their number, and Redis does not grow with deployments for ever.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from cli.demo.servers import Server, free_port, listens, redis_server
from deployment.connection import connect
from deployment.record import Record
from deployment.states import State
from deployment.store import HISTORY_LENGTH, Store

WORKERS = 3
NUMBERS = (1, 10, 100, 1000)
#: by how much the cost of one deployment may grow from the 10 to the 1,000
GROWTH = 1.3
SERVICE = """
[services.s{number}]
workspace = "."
processes.command = ["none"]
bake.seconds = 0
proxies = [{{ conf = "nginx.conf", file = "{number}.inc" }}]
[services.s{number}.ports]
blue = 1
green = 2
"""


@dataclass
class Cost:
    """Of one deployment, among `number` at once."""

    number: int
    seconds: float
    commands: float
    kilobytes: float
    memory: float


class Plane:
    """Redis and the workers."""

    def __init__(self, redis: Any, workers: list[Server]) -> None:
        self.redis = redis
        self.store = Store(redis)
        self.workers = workers

    def run(self, services: list[str]) -> list[Record]:
        """Deploy to all of them at once; the records, when all have ended."""
        from workflows.deploy import launch

        records = [self.store.create(service, "bench") for service in services]
        for record in records:
            launch(record)
        deadline = time.monotonic() + 600
        while self.store.holders(services):
            assert time.monotonic() < deadline, "they do not end"
            time.sleep(0.05)
        ended = [self.store.get(record.id) for record in records]
        assert all(each is not None and each.state is State.SUCCEEDED for each in ended), ended
        return [each for each in ended if each]

    def measure(self, number: int) -> Cost:
        """What one of `number` deployments costs."""
        before, began = self.redis.info(), time.monotonic()
        self.run([f"s{each}" for each in range(number)])
        seconds, after = time.monotonic() - began, self.redis.info()
        moved = sum(after[key] - before[key] for key in ("total_net_input_bytes", "total_net_output_bytes"))
        commands = after["total_commands_processed"] - before["total_commands_processed"]
        memory = max(
            psutil.Process(worker.process.pid).memory_info().rss for worker in self.workers if worker.process
        )
        return Cost(number, seconds / number, commands / number, moved / number / 1024, memory / 2**20)


@contextmanager
def plane(folder: Path) -> Iterator[Plane]:
    """Everything started; ended afterwards."""
    port = free_port()
    config = folder / "bluegreen.toml"
    config.write_text("".join(SERVICE.format(number=number) for number in range(max(NUMBERS))))
    url = f"redis://127.0.0.1:{port}/0"
    with ExitStack() as servers:
        servers.enter_context(redis_server(folder, port)).wait_until(lambda: listens(port), "Redis")
        redis = servers.enter_context(connect(url))
        from tasks.app import app

        app.conf.broker_url = url
        servers.callback(app.close)
        environment = {"BLUEGREEN_REDIS_URL": url, "BLUEGREEN_CONFIG": str(config)}
        workers = [
            Server([sys.executable, "-m", "bench.empty_worker"], folder / f"worker{number}.log", environment)
            for number in range(WORKERS)
        ]
        for worker in workers:
            servers.enter_context(worker)
        workers[0].wait_until(lambda: redis.hlen("bluegreen:hosts") == WORKERS, "the workers")
        yield Plane(redis, workers)


def hops(records: list[Record]) -> list[float]:
    """Seconds from the start of each phase to the start of the next."""
    return [
        (later.started - earlier.started).total_seconds()
        for record in records
        for earlier, later in zip(record.phases, record.phases[1:], strict=False)
    ]


def main() -> int:
    with tempfile.TemporaryDirectory() as name, plane(Path(name)) as control:
        control.run(["s0"])  # connections are made, code is imported
        alone = [control.run(["s0"])[0] for _ in range(20)]
        took = sorted(record.seconds for record in alone)
        hop = sorted(hops(alone))
        print(
            f"one after the other: {took[10] * 1000:.0f} ms a deployment, {hop[len(hop) // 2] * 1000:.1f} ms a hop"
        )
        costs = [control.measure(number) for number in NUMBERS]
        grown = keeps_growing(control)
    print(f"at once, {WORKERS} workers   a second   commands   kB moved   MB of a worker")
    for cost in costs:
        print(
            f"{cost.number:10,}           {1 / cost.seconds:10.1f} {cost.commands:10.0f} {cost.kilobytes:10.0f}"
            f" {cost.memory:10.0f}"
        )
    growth = costs[-1].commands / costs[1].commands
    print(f"commands for one of 1,000 / one of 10: {growth:.2f}, should be {GROWTH}")
    print(f"memory of Redis, once a service's history is full: {grown:+.1%} after as many deployments again")
    return int(growth > GROWTH or grown > 0.05)


def keeps_growing(control: Plane) -> float:
    """By which share the data of one service grow once its history is full."""

    def size() -> int:
        return sum(control.redis.memory_usage(key) or 0 for key in control.redis.scan_iter("bluegreen:*s1[-:]*"))

    for _ in range(HISTORY_LENGTH + 1):
        control.run(["s1"])
    full = size()
    for _ in range(HISTORY_LENGTH):
        control.run(["s1"])
    return size() / full - 1


if __name__ == "__main__":
    sys.exit(main())
