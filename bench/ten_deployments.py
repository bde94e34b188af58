"""Ten deployments in a row under load: `python -m bench.ten_deployments`, on a machine with Docker.

The example's whole stack; RATE requests a second through the outer nginx, every twentieth takes 2 s. Each
deployment is a round. Limits: no request fails, and the proxies, PostgreSQL and Redis are the same containers at
the end, never restarted.
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import benchmark
from bench.results import Results
from bench.small_site import built_here
from bluegreen.deployment.record import Deployment
from cli.demo.load import is_dropped
from cli.demo.servers import free_port
from compose.engine.client import engine
from examples.django.stack import IMAGES, PORTS, Stack, wheels_for
from tests.stack.site import Site

RATE = 200
NAME = "bluegreen-bench"


@dataclass(frozen=True)
class Seen:
    """The deployments, what became of each request, and how many shared containers are not what they were."""

    records: Sequence[Deployment]
    lines: Sequence[dict[str, Any]]
    replaced: int

    def during(self, deployment: Deployment) -> list[dict[str, Any]]:
        """The requests that left between the request for this deployment and its end."""
        assert deployment.finished_at is not None
        began, ended = deployment.requested_at.timestamp(), deployment.finished_at.timestamp()
        return [line for line in self.lines if began <= line["time"] < ended]


def measure(results: Results, rounds: int) -> None:
    """On a stack of its own, which is gone afterwards."""
    known = built_here()
    images = {name: known[name] for name in IMAGES if name in known}
    with tempfile.TemporaryDirectory(prefix=NAME) as temporary, engine() as client:
        folder, ports = Path(temporary), {name: free_port() for name in PORTS}
        site = Site(Stack(folder / "site", NAME, ports, images, wheels_for(images, folder / "wheels")), client)
        try:
            site.start()
            site.configure(drain="timeout = 30")
            site.deploy_well("r0")
            report(results, under_load(site, rounds))
        finally:
            site.stop()


def under_load(site: Site, rounds: int) -> Seen:
    """Deploy so often; every request is answered when it returns."""
    before = site.lives()
    with site.load(site.outer, RATE) as load:
        records = [site.deploy_well(f"r{number}") for number in range(1, rounds + 1)]
        load.wait_for_version(f"r{rounds}")
    after = site.lives()
    return Seen(records, load.lines(), sum(before[name] != after[name] for name in before))


def report(results: Results, seen: Seen) -> None:
    """The figures of each deployment, and the limits."""
    row = "bluegreen, one of them"
    during = [seen.during(deployment) for deployment in seen.records]
    quick = [[line["seconds"] * 1000 for line in lines if "slow" not in line["path"]] for lines in during]
    dropped = [line for line in seen.lines if is_dropped(line)]
    results.figure(row, "takes", [deployment.seconds for deployment in seen.records], "s")
    results.figure(row, "requests meanwhile", [len(lines) for lines in during])
    results.figure(row, "slowest of the quick ones", [max(each) for each in quick], "ms")
    for phase in seen.records[0].phases:
        took = [entry.seconds or 0.0 for each in seen.records for entry in each.phases if entry.name is phase.name]
        results.figure(phase.name, "of it", took, "s")
    for line in dropped[:10]:
        print(line)
    results.limit(f"requests failed, of {len(seen.lines):,}", len(dropped), 0)
    results.limit("shared containers restarted or replaced", seen.replaced, 0)


if __name__ == "__main__":
    sys.exit(benchmark.run("ten_deployments", __doc__, measure, rounds=10))
