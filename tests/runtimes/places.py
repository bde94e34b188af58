"""Where the suite of the contract runs: a runtime in memory, plain processes, and Compose on a real Engine."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import docker
import psutil

from bluegreen import http
from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.states import Color
from bluegreen.processes.runtime import ProcessRuntime
from tests.bluegreen.processes.support import answer_of, eventually
from tests.cancellations import Free
from tests.compose.app import App
from tests.runtimes.in_memory import MemoryRuntime

#: a job that prints something else each time
JOB = "import uuid; print(uuid.uuid4())"
BROKEN = "raise SystemExit(3)"


class Place(Protocol):
    """A host for one service, and what may happen there."""

    def runtime(self) -> Runtime:
        """As another process has it."""

    def publish(self, version: str) -> None:
        """Afterwards a build makes a release of that version."""

    def answer(self, color: Color) -> str:
        """Which release the colour's version says it is, once it answers."""

    def write(self, color: Color, lines: int) -> None:
        """Afterwards the version has written something, one and the same line at the end so many times."""

    def end(self, color: Color) -> None:
        """Afterwards the version has ended by itself."""

    def job(self) -> Job:
        """One that prints something else each time."""

    def break_jobs(self) -> None:
        """Afterwards they fail."""


@dataclass
class PlaceInMemory:
    here: MemoryRuntime = field(default_factory=MemoryRuntime)

    def runtime(self) -> Runtime:
        return self.here

    def publish(self, version: str) -> None: ...

    def answer(self, color: Color) -> str:
        found = self.here.look(color)
        assert found.running and found.release
        return found.release

    def write(self, color: Color, lines: int) -> None:
        self.here.lines[color] += "listening\n" + "GET /\n" * lines

    def end(self, color: Color) -> None:
        self.here.die(color, 137)

    def job(self) -> Job:
        return job_of("anything")

    def break_jobs(self) -> None:
        self.here.jobs_end_with = 3


@dataclass
class PlaceOfProcesses:
    make: Callable[..., ProcessRuntime]
    script: str = JOB

    def runtime(self) -> ProcessRuntime:
        return self.make()

    def publish(self, version: str) -> None: ...

    def answer(self, color: Color) -> str:
        return str(answer_of(self.runtime(), color)[1])

    def write(self, color: Color, lines: int) -> None:
        for _ in range(lines):
            http.get(f"http://{self.runtime().address_on_host(color)}/echo", 5)

    def end(self, color: Color) -> None:
        psutil.Process(int(self.runtime().look(color).described.split()[1])).kill()
        eventually(lambda: not self.runtime().look(color).running, "the end of it")

    def job(self) -> Job:
        return job_of(sys.executable, "-c", self.script)

    def break_jobs(self) -> None:
        self.script = BROKEN


@dataclass
class PlaceOfCompose:
    app: App
    engine: docker.DockerClient
    script: str = JOB

    def runtime(self) -> Runtime:
        return self.app.runtime_with()

    def publish(self, version: str) -> None:
        self.app.version(version)

    def answer(self, color: Color) -> str:
        return self.app.answer(color)

    def write(self, color: Color, lines: int) -> None:
        script = "import sys; open('/proc/1/fd/1', 'w').write('GET /\\n' * int(sys.argv[1]))"
        status, output = self._container(color).exec_run(["python3", "-c", script, str(lines)])
        assert status == 0, output

    def end(self, color: Color) -> None:
        container = self._container(color)
        container.kill()
        container.wait(timeout=10)

    def job(self) -> Job:
        return job_of("python3", "-c", self.script)

    def break_jobs(self) -> None:
        self.script = BROKEN

    def _container(self, color: Color) -> Any:
        return self.engine.containers.get(f"{self.app.name}-{color}-app-{color}-1")


def job_of(*command: str) -> Job:
    return Job("migrate", "the migrations", command, 60)


def deploy(place: Place, color: Color, version: str, deployment_id: str = "d1") -> Release:
    """Build and start it, as two phases would."""
    place.publish(version)
    runtime = place.runtime()
    release = runtime.build(color, Release(name=version), deployment_id, Free())
    runtime.start(color, release, deployment_id, Free())
    return release
