"""What the control plane costs: `python -m bench.control_plane`.

Deployments whose phases have nothing to do (bench/empty_worker.py), on WORKERS worker processes and one Redis: one
after the other; then so many at once of as many services, of which the workers serve no more. Every second or so
each worker looks at all its services, whether they are deployed to or not. What that costs is measured while
nothing is deployed, and shown apart: of what Redis was asked for during the deployments, as many such looks as
there were are taken off.

Limits: what one deployment costs when it is one of the largest number (seconds, Redis commands, bytes to and from
Redis) is at most GROWTH times what it costs when it is one of ten: all of them together grow linearly, or better.
And once the history of a service is full, as many deployments again add at most FULL to the keys of Redis, to its
data, and to its memory.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import benchmark
from bench.plane import Plane, Traffic, own_redis, plane
from bench.results import Results
from bluegreen.deployment.record import Deployment
from bluegreen.store.deployments import HISTORY_LENGTH

NUMBERS = (1, 10, 100, 1000)
GROWTH = 1.3
FULL = 0.05
#: deployments one after the other
ALONE = 20
#: seconds without a deployment, before each round
IDLE = 5.0


@dataclass(frozen=True)
class Cost:
    """Of one deployment, among all at once."""

    seconds: float
    commands: float
    bytes: float


def measure(results: Results, rounds: int) -> None:
    """Each number with workers of its own."""
    costs = {}
    with tempfile.TemporaryDirectory() as name, own_redis(Path(name)) as (redis, url):
        for number in NUMBERS:
            with plane(Path(name), redis, url, number) as control:
                costs[number] = many(results, control, rounds)
    few, most = costs[NUMBERS[1]], costs[NUMBERS[-1]]
    for what, there, here in zip(Cost.__dataclass_fields__, few, most, strict=True):
        results.limit(f"{what}, one of {NUMBERS[-1]:,} / one of {NUMBERS[1]}", here / there, GROWTH)


def many(results: Results, control: Plane, rounds: int) -> Sequence[float]:
    """Seconds, commands and bytes of one deployment among all at once: the medians of the rounds."""
    row = f"bluegreen, {len(control.services):,} at once"
    control.run(control.services[:10])  # connections are made, code is imported
    if len(control.services) == 1:
        one_after_the_other(results, control)
    quiet, costs, memory = [], [], []
    for _ in range(rounds):
        quiet.append(idle(control))
        costs.append(cost(control, quiet[-1]))
        memory.append(control.memory())
    if len(control.services) == 1:
        kept_in_redis(results, control)
    took = results.figure(row, "a second", [1 / each.seconds for each in costs])
    commands = results.figure(row, "commands for one", [each.commands for each in costs])
    moved = results.figure(row, "kB for one", [each.bytes / 1024 for each in costs])
    results.figure(row, "MB of a worker", memory)
    results.figure(row, "idle: commands a second", [each.commands / IDLE for each in quiet])
    results.figure(row, "idle: kB a second", [each.bytes / IDLE / 1024 for each in quiet])
    return 1 / took.median, commands.median, moved.median


def idle(control: Plane) -> Traffic:
    """What is asked of Redis in IDLE seconds without a deployment."""
    before = control.traffic()
    time.sleep(IDLE)
    return control.traffic().since(before)


def cost(control: Plane, quiet: Traffic) -> Cost:
    """Deploy to all services at once."""
    before = control.traffic()
    records = control.run(control.services)
    moved, number = control.traffic().since(before).without_looks(quiet), len(records)
    ended = max(deployment.finished_at for deployment in records if deployment.finished_at)
    seconds = (ended - min(deployment.requested_at for deployment in records)).total_seconds()
    return Cost(seconds / number, moved.commands / number, moved.bytes / number)


def one_after_the_other(results: Results, control: Plane) -> None:
    """A deployment, and a hop: from the start of a phase to the start of the next, its empty work included."""
    records = [control.run(control.services)[0] for _ in range(ALONE)]
    row = "one after the other"
    results.figure(row, "a deployment", [deployment.seconds * 1000 for deployment in records], "ms")
    results.figure(row, "a hop", [hop * 1000 for deployment in records for hop in hops(deployment)], "ms")


def hops(deployment: Deployment) -> list[float]:
    """Seconds from the start of each phase to the start of the next."""
    return [
        (later.started - earlier.started).total_seconds()
        for earlier, later in zip(deployment.phases, deployment.phases[1:], strict=False)
    ]


def kept_in_redis(results: Results, control: Plane) -> None:
    """Fill the history of a service, and go on for as long again."""
    for _ in range(HISTORY_LENGTH):
        control.run(control.services)
    full = control.size()
    for _ in range(HISTORY_LENGTH):
        control.run(control.services)
    for what, later in control.size().items():
        results.limit(f"growth of Redis past a full history: {what}", later / full[what] - 1, FULL)


if __name__ == "__main__":
    sys.exit(benchmark.run("control_plane", __doc__, measure, rounds=3))
