"""How long a small deployment takes: `python -m bench.deployment_time`, on a machine with Docker.

Three sites of the same files (bench/small), each with an nginx in a container of its own, are deployed to in turn:
by `floor.sh` (what no deployment can do without, unchecked), by the command `bluegreen deploy`, and, in the first
PIPELINES rounds, by `pipeline.sh` (what people copy from blog posts). No bake, and no requests to drain.

Limits, of the ratios of two runs right after one another: from the request to the end, the drain aside, bluegreen
takes at most FLOOR_RATIO times the floor, which drains nothing; the whole command at most PIPELINE_RATIO times the
pipeline. The command is told apart, since Python's start is a part of it.
"""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import benchmark
from bench.results import Results
from bench.small_site import OurSite, Site
from bluegreen.deployment.record import Deployment

FLOOR_RATIO = 1.15
PIPELINE_RATIO = 0.25
PIPELINES = 3


@dataclass(frozen=True)
class Round:
    """Seconds of each; the pipeline is None in most rounds."""

    floor: float
    command: float
    deployment: Deployment
    pipeline: float | None

    @property
    def request(self) -> float:
        """From the request to the end."""
        return self.deployment.seconds

    @property
    def aside(self) -> float:
        """The same without the wait for nginx's old workers."""
        return self.request - (self.deployment.drain_seconds or 0.0)


def measure(results: Results, rounds: int) -> None:
    """The three sites, in turns."""
    with tempfile.TemporaryDirectory(prefix="bluegreen-bench") as temporary, ExitStack() as sites:
        folder = Path(temporary)
        floor = sites.enter_context(Site(folder / "floor", "bgbench-floor"))
        pipeline = sites.enter_context(Site(folder / "pipeline", "bgbench-pipeline"))
        ours = sites.enter_context(OurSite(folder / "ours", "bgbench-ours"))
        for deploy in (floor.floor, floor.floor, pipeline.pipeline, ours.deploy, ours.deploy):
            deploy()  # once on each colour: containers made for the first time take longer
        taken = [one_round(floor, ours, pipeline if number < PIPELINES else None) for number in range(rounds)]
    report(results, taken)


def one_round(floor: Site, ours: OurSite, pipeline: Site | None) -> Round:
    """Each once."""
    return Round(floor.floor(), ours.deploy(), ours.last(), pipeline.pipeline() if pipeline else None)


def report(results: Results, rounds: Sequence[Round]) -> None:
    """The figures, and the limits of the ratios."""
    request, command = "bluegreen, request to end", "bluegreen, the whole command"
    aside = "bluegreen, the drain aside"
    results.figure("floor", "takes", [each.floor for each in rounds], "s")
    results.figure(request, "takes", [each.request for each in rounds], "s")
    results.figure(aside, "takes", [each.aside for each in rounds], "s")
    results.figure(command, "takes", [each.command for each in rounds], "s")
    pipelines = [(each, each.pipeline) for each in rounds if each.pipeline]
    results.figure("pipeline", "takes", [pipeline for _, pipeline in pipelines], "s")
    results.figure(request, "to the floor", [each.request / each.floor for each in rounds])
    to_floor = results.figure(aside, "to the floor", [each.aside / each.floor for each in rounds])
    results.figure(command, "to the floor", [each.command / each.floor for each in rounds])
    results.figure(request, "to the pipeline", [each.request / pipeline for each, pipeline in pipelines])
    to_pipeline = results.figure(
        command, "to the pipeline", [each.command / pipeline for each, pipeline in pipelines]
    )
    for phase in rounds[0].deployment.phases:
        took = [
            (found.seconds or 0.0) * 1000 for each in rounds if (found := each.deployment.phase_record(phase.name))
        ]
        results.figure(phase.name, "of it", took, "ms")
    results.limit("the drain aside / floor", to_floor.median, FLOOR_RATIO)
    results.limit("the whole command / pipeline", to_pipeline.median, PIPELINE_RATIO)


if __name__ == "__main__":
    sys.exit(benchmark.run("deployment_time", __doc__, measure, rounds=9))
