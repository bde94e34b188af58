"""Colours as plain processes of this host: each one process, and its children, on the colour's port.

What is known of a process lies in a state file. A start first writes down what it is about to do, then spawns,
then adds the pid; the child carries the file's path in its environment. So wherever a worker is killed, the
next one finds either nothing running, or a process that says by itself whose it is.
"""

import glob
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import psutil

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import NotRunning, PhaseFailed
from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Address, Instance, Program, Weakness
from bluegreen.deployment.states import Color
from bluegreen.processes import ended, ending, finding, instances, log_file, state_file
from bluegreen.processes.ended import Ended
from bluegreen.processes.launch import Launch
from bluegreen.settings import release_folder
from bluegreen.settings.service import ServiceSettings
from bluegreen.system import platform, ports
from bluegreen.system.locks import exclusive
from bluegreen.system.log_lines import READ, folded
from bluegreen.system.ports import Binding


class ProcessRuntime:
    """Implements `deployment.runtime.Runtime`. What the system refuses (OSError) comes out as PhaseFailed."""

    def __init__(self, name: str, service: ServiceSettings) -> None:
        assert service.processes is not None
        self.name = name
        self.service = service
        self.grace = service.processes.stop_grace
        self._folder = service.state_folder

    def preflight(
        self, color: Color, release: Release | None = None, deployment_id: str | None = None
    ) -> Collection[Weakness]:
        """Raise PhaseFailed unless the program exists and the port is free, or held by our own process."""
        with self._translated(color):
            self._launch(color).check_program()
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._check_port(color)
        return ()

    def is_watched(
        self, color: Color, release: Release | None = None, deployment_id: str | None = None
    ) -> bool | None:
        """A plain process says nothing of the kind."""
        return False

    def written_by(self, color: Color, release: Release, deployment_id: str) -> Collection[Path]:
        """None that is not its own affair: a process runs in the folder of its release."""
        return ()

    def adaptations(self) -> Sequence[str]:
        """None: a process is started as it is written."""
        return ()

    def read_by_others(self) -> Collection[Path]:
        """None: nothing is shared but the proxies."""
        return ()

    def releases(self) -> Collection[str]:
        """None: a process is the files of a commit, and those do not change under their name."""
        return ()

    def kept(self, release: Release) -> Release:
        """The release as it is. PhaseFailed when its files are not there any more."""
        release_folder.folder_of(self.name, self.service, release)
        return release

    def build(self, color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> Release:
        """The release as it is: there is nothing to build."""
        return release

    def copy_files(self, release: Release, path: str, into: Path, cancellation: Cancellation) -> None:
        """From where the release's files are."""
        release_folder.copy_files(self.name, self.service, release, path, into)

    def start(self, color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> None:
        """Afterwards one process runs this release for this deployment, and outlives us.

        What ran on the colour before is gone. It says nothing of whether the process holds out: `look` does.
        """
        with self._translated(color), self._lock(color, cancellation):
            process, state = finding.current(self._state_file(color))
            if process and state and state.deployment_id == deployment_id:
                state_file.save(self._state_file(color), state)
                return
            ending.end(self._state_file(color), self.grace, cancellation)
            self._check_port(color)
            self._launch(color).spawn(release, deployment_id, cancellation)

    def run_job(
        self, job: Job, color: Color, release: Release, deployment_id: str, cancellation: Cancellation
    ) -> str:
        """What the job printed, run where the release's files are.

        A worker that is killed meanwhile leaves it to the next worker, which ends it and runs it again.
        """
        mark = self._folder / f"{self.name}-{color}.{job.name}.ended"
        with self._translated(color):
            if (log := ended.log_of(mark, deployment_id)) is not None:
                return log
            log = self._launch(color).run_job(job, release, deployment_id, cancellation)
            state_file.save(mark, Ended(deployment_id=deployment_id, log=log))
            return log

    def forget_jobs(self, color: Color, cancellation: Cancellation, named: str = "") -> None:
        """Afterwards nobody knows that any ran; those of a killed worker were ended when the phase began."""
        with self._translated(color):
            for mark in self._folder.glob(f"{glob.escape(self.name)}-{color}.{named}*.ended"):
                platform.remove(mark)

    def prune(self, keep: Collection[Release], cancellation: Cancellation) -> None:
        """Nothing: what a release of processes leaves behind are its files, which are source/'s."""

    def stop(self, color: Color, cancellation: Cancellation) -> None:
        """Afterwards nothing of the colour runs, children included; `look` still says which release it was."""
        with self._translated(color), self._lock(color, cancellation):
            ending.end(self._state_file(color), self.grace, cancellation)

    def remove(self, color: Color, cancellation: Cancellation) -> None:
        """Afterwards nothing of the colour runs, and its files are gone: a log that somebody has open may stay."""
        self.stop(color, cancellation)
        with self._translated(color), failpoints.around("remove files"):
            cancellation.check()
            platform.remove(self._state_file(color))
            with suppress(platform.HeldOpen):  # who looks at it must not fail a rollback
                log_file.remove(self._log(color))

    def look(self, color: Color) -> Instance:
        """What there is now. It changes nothing, so that it needs no lock."""
        with self._translated(color):
            return instances.found(self._state_file(color))

    def logs(self, color: Color, lines: int = 60) -> str:
        """What the process last wrote, to its output or its error output; empty when there is nothing."""
        with self._translated(color):
            return folded(log_file.last_lines(self._log(color), READ), lines)

    def log_lines(self, color: Color, lines: int, follow: bool) -> Iterator[str | None]:
        """Of the log file. NotRunning where nothing was ever started on the colour."""
        log = self._log(color)
        if not log.exists():
            raise NotRunning(f"{self.name}-{color} has no log", advice="Nothing was started on that colour yet.")
        with self._translated(color):
            if follow:
                yield from log_file.followed(log, lines, lambda: not self.look(color).running)
            else:
                yield from log_file.last_lines(log, lines).splitlines()

    def command_in(self, color: Color, words: Sequence[str], has_terminal: bool) -> Program:
        """In the folder of the running process, with its environment. NotRunning when there is no process."""
        with self._translated(color):
            process, _ = finding.current(self._state_file(color))
            if process is None:
                raise NotRunning(f"{self.name}-{color} is not running", advice=f"See: bluegreen ps {self.name}")
            # without the mark, by which we know the processes that are the colour's to end
            variables = {name: value for name, value in process.environ().items() if name != finding.MARK}
            return Program(words, Path(process.cwd()), variables)

    def shorten_logs(self) -> None:
        """Afterwards none of the processes' logs is much longer than `logfile.LONGEST`."""
        for color in Color:
            with self._translated(color), exclusive(self._folder / f"{self.name}-{color}-log.lock"):
                log_file.shorten(self._log(color))

    def address_on_host(self, color: Color) -> Address:
        """The colour's port on this host."""
        return Address("127.0.0.1", self.service.fixed_ports.of(color))

    def address_in_network(self, color: Color) -> Address | None:
        """None: no container network knows a plain process."""
        return None

    def hosts_in_network(self, color: Color) -> Collection[str]:
        """None, as above."""
        return ()

    def _check_port(self, color: Color) -> None:
        port = self.service.fixed_ports.of(color)
        if platform.can_listen(port):
            return
        ours = {each.pid for each in ending.find_all(self._state_file(color))}
        holder = ports.holder(Binding("", port))
        if holder.pid in ours if holder else ours:
            return
        raise PhaseFailed(
            f"port {port} is in use by {ports.described(holder)}",
            advice=f"End it, or give {self.name} another port: ports.{color} in bluegreen.toml.",
        )

    def _launch(self, color: Color) -> Launch:
        return Launch(self.name, self.service, color, self._state_file(color), self._log(color))

    def _state_file(self, color: Color) -> Path:
        return self._folder / f"{self.name}-{color}.json"

    def _log(self, color: Color) -> Path:
        return self._folder / f"{self.name}-{color}.log"

    def _lock(self, color: Color, cancellation: Cancellation) -> AbstractContextManager[None]:
        """One worker at a time on a colour."""
        return exclusive(self._folder / f"{self.name}-{color}.lock", cancellation=cancellation)

    @contextmanager
    def _translated(self, color: Color) -> Iterator[None]:
        try:
            yield
        except (OSError, psutil.Error) as error:
            raise PhaseFailed(f"{self.name}-{color}: {error}") from error
