"""How long a small deployment takes: `python -m bench.deployment_time`, on a machine with Docker.

Three sites of the same files (bench/small), each with an nginx in a container of its own, are deployed to in
turn: by `floor.sh` (what no deployment can do without, unchecked), by the command `bluegreen deploy`, and by
`pipeline.sh` (what people copy from blog posts). No bake, and no requests to drain. Exit status 0 when bluegreen
takes, from the request to the end, at most FLOOR_RATIO times the floor, and the whole command at most
PIPELINE_RATIO times the pipeline. The command is told apart: a third of a second of it is Python's start.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench import results
from cli.demo.servers import Server, free_port, listens, redis_server
from deployment.connection import connect
from deployment.record import Record
from deployment.states import Color

FLOOR_RATIO = 1.15
PIPELINE_RATIO = 0.25
FILES = Path(__file__).parent / "small"
IMAGES_FILE = Path(__file__).parents[1] / "tests" / "lab" / "images.env"
#: the command as it is installed: `python -m` would take the site's folder nginx/ for our package
BLUEGREEN = str(Path(sys.executable).with_name("bluegreen"))
EMPTY = "upstream app { server 127.0.0.1:1; }\n"


class Site:
    """The proxy and the files of one small site, in a folder of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.ports = {key: free_port() for key in ("BLUE_PORT", "GREEN_PORT", "PROXY_PORT", "STATUS_PORT")}
        shutil.copytree(FILES, folder)
        images = (
            dict(line.split("=", 1) for line in IMAGES_FILE.read_text().split()) if IMAGES_FILE.exists() else {}
        )
        ports = {key: str(port) for key, port in self.ports.items()}
        self.env = {**os.environ, **images, **ports, "BENCH": name}
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


class OurSite(Site):
    """One with a worker and a Redis, whose deployments are ours."""

    def __enter__(self) -> "OurSite":
        super().__enter__()
        self.servers = ExitStack()
        port = free_port()
        self.env["BLUEGREEN_REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        self.env["BLUEGREEN_CONFIG"] = str(self._write_config())
        server = self.servers.enter_context(redis_server(self.folder, port))
        server.wait_until(lambda: listens(port), "Redis")
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

    def phases(self) -> dict[str, float]:
        """Seconds of each phase of the last deployment, and of all from its request to its end."""
        shown = subprocess.run(
            [BLUEGREEN, "history", self.name, "--json"],
            env=self.env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        record = Record.model_validate(json.loads(shown.stdout)[-1])
        seconds = {str(phase.name): phase.seconds or 0.0 for phase in record.phases}
        assert record.finished_at is not None
        return seconds | {"record": (record.finished_at - record.requested_at).total_seconds()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--pipelines", type=int, default=2, help="in how many rounds the pipeline runs, too")
    options = parser.parse_args()
    took: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="bluegreen-bench") as temporary, ExitStack() as sites:
        folder = Path(temporary)
        floor = sites.enter_context(Site(folder / "floor", "bgbench-floor"))
        pipeline = sites.enter_context(Site(folder / "pipeline", "bgbench-pipeline"))
        ours = sites.enter_context(OurSite(folder / "ours", "bgbench-ours"))
        for site in (floor.floor, floor.floor, pipeline.pipeline, ours.deploy, ours.deploy):
            site()  # once on each colour: containers made for the first time take longer
        for number in range(options.rounds):
            took.setdefault("floor", []).append(floor.floor())
            took.setdefault("bluegreen", []).append(ours.deploy())
            for phase, seconds in ours.phases().items():
                took.setdefault(f"  {phase}", []).append(seconds)
            if number < options.pipelines:
                took.setdefault("pipeline", []).append(pipeline.pipeline())
    return report(took)


def report(took: dict[str, list[float]]) -> int:
    """Print the table; the exit status."""
    for name, seconds in took.items():
        print(f"{name:24} median {statistics.median(seconds):6.2f} s  ({min(seconds):.2f} to {max(seconds):.2f})")
    shown = {
        "floor": took["floor"],
        "bluegreen, request to end": took["  record"],
        "bluegreen, command to exit": took["bluegreen"],
        "pipeline": took["pipeline"],
    }
    results.keep("deployment_time", {what: results.spread(seconds) for what, seconds in shown.items()})
    to_floor = to_the(took["floor"], took["  record"])
    to_pipeline = statistics.median(took["bluegreen"]) / statistics.median(took["pipeline"])
    print(f"bluegreen / floor     {to_floor:.2f}, should be {FLOOR_RATIO}")
    print(f"  with its command    {to_the(took['floor'], took['bluegreen']):.2f}")
    print(f"bluegreen / pipeline  {to_pipeline:.2f}, should be {PIPELINE_RATIO}")
    return int(to_floor > FLOOR_RATIO or to_pipeline > PIPELINE_RATIO)


def to_the(floor: list[float], ours: list[float]) -> float:
    """The median of the ratios, each of two runs right after one another."""
    return statistics.median(mine / its for mine, its in zip(ours, floor, strict=True))


if __name__ == "__main__":
    sys.exit(main())
