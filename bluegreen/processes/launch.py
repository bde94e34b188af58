"""One start of one colour: what is run, where, with what around it, and how it is written down."""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release, now
from bluegreen.deployment.states import Color
from bluegreen.processes import children, command_line, detach, finding
from bluegreen.processes import state_file as statefile
from bluegreen.processes.job import run
from bluegreen.processes.state_file import ProcessState
from bluegreen.settings import release_folder
from bluegreen.settings.service import ProcessesSettings, ServiceSettings


@dataclass(frozen=True)
class Launch:
    """A colour of a service, about to be started. The caller holds the colour's lock."""

    name: str
    service: ServiceSettings
    color: Color
    state_file: Path
    log: Path

    def check_program(self) -> None:
        """Raise PhaseFailed when the workspace or the program is not there. What a release brings is not yet."""
        if not self._workspace.is_dir():
            raise PhaseFailed(f"the workspace {self._workspace} does not exist")
        first = self._settings.command[0]
        in_release = self.service.source and not Path(first).is_absolute() and ("/" in first or "\\" in first)
        if in_release or "{release}" in first:
            return
        values = self._values("", self._workspace)
        command_line.program(
            command_line.filled([first], values)[0], self._workspace, self._environment({}).get("PATH")
        )

    def spawn(self, release: Release, deployment_id: str, cancellation: Cancellation) -> None:
        """Afterwards the process runs and its state file names it.

        A kill before the end of this leaves an intent, and perhaps a process that carries the mark.
        """
        folder = release_folder.folder_of(self.name, self.service, release)
        environment = self._environment(self._marks(release, deployment_id))
        arguments = command_line.filled(self._settings.command, self._values(release.name, folder))
        arguments[0] = command_line.program(arguments[0], folder, environment.get("PATH"))
        intent = ProcessState(deployment_id=deployment_id, release=release.name, started=now())
        cancellation.check()
        statefile.save(self.state_file, intent)
        with failpoints.around("spawn"):
            child = detach.spawn(arguments, folder, environment, self.log)
        created = _birth(child.pid)
        children.keep(child.pid, created, child)
        statefile.save(self.state_file, intent.with_(pid=child.pid, created=created))

    def run_job(self, job: Job, release: Release, deployment_id: str, cancellation: Cancellation) -> str:
        """Run it to its end, beside the colour's process; JobFailed when that is a bad one."""
        folder = release_folder.folder_of(self.name, self.service, release)
        marks = {**self._marks(release, deployment_id), finding.MARK: "", **job.variables}
        environment = self._environment(marks)
        arguments = command_line.filled(job.command, self._values(release.name, folder))
        arguments[0] = command_line.program(arguments[0], folder, environment.get("PATH"))
        return run(job, arguments, folder, environment, cancellation)

    @property
    def _settings(self) -> ProcessesSettings:
        assert self.service.processes is not None
        return self.service.processes

    @property
    def _workspace(self) -> Path:
        return self.service.workspace.absolute()

    def _values(self, release: str, folder: Path) -> dict[str, str]:
        port = self.service.fixed_ports.of(self.color)
        return {"port": str(port), "color": str(self.color), "release": release, "workspace": str(folder)}

    def _marks(self, release: Release, deployment_id: str) -> dict[str, str]:
        return {
            finding.MARK: str(self.state_file),
            finding.DEPLOYMENT: deployment_id,
            finding.RELEASE: release.name,
            "BLUEGREEN_REF": release.ref or "",
            "BLUEGREEN_SERVICE": self.name,
            "BLUEGREEN_COLOR": str(self.color),
            "PORT": str(self.service.fixed_ports.of(self.color)),
        }

    def _environment(self, ours: dict[str, str]) -> dict[str, str]:
        return command_line.environment_of(os.environ, self._settings.env, ours)


def _birth(pid: int) -> float:
    """When the system says that the child began; 0, which no living process has, if it is gone already."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0
