"""What both runtimes (Compose services, plain processes) can do with a colour: the verbs that phases call."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color


@dataclass(frozen=True)
class Address:
    """Where requests go. `dynamic`: a name, which may get another address at any time."""

    host: str
    port: int
    dynamic: bool = False
    #: the addresses that the name has at this moment, where somebody has asked
    hosts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Instance:
    """What was found running, or not, for a colour."""

    running: bool
    #: the deployment that started it, and its release; None when it is not ours
    deployment_id: str | None = None
    release: str | None = None
    exit_code: int | None = None
    #: what to say of it: "process 4711", "container test-dev-blue (exited, code 1, OOM-killed)"
    described: str = "nothing"
    #: False where the runtime itself says that it is not well (Docker's HEALTHCHECK); None: it does not say
    healthy: bool | None = None
    #: it looks after that itself (it has a HEALTHCHECK), and may just not know yet
    is_watched: bool = False
    started: datetime | None = None
    #: how often the runtime itself has started it again since
    restarts: int = 0
    #: the image that it was made of: its name, and the Engine's id
    image: str | None = None
    image_id: str | None = None


@dataclass(frozen=True)
class Weakness:
    """What a colour can be started with, and what will be missed some day."""

    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.what}. {self.fix.removesuffix('.')}"


@dataclass(frozen=True)
class Program:
    """A program of this host: its words, in which folder and with which environment. None: our own."""

    arguments: Sequence[str]
    folder: Path | None = None
    variables: Mapping[str, str] | None = None


class Runtime(Protocol):
    """The colours of one service. Every verb may run twice: it looks first and does what is missing."""

    def preflight(
        self, color: Color, release: Release | None = None, deployment_id: str | None = None
    ) -> Collection[Weakness]:
        """Raise PhaseFailed while nothing is changed yet: files and tools are there, the port is free or ours.

        What it returns does not stop a deployment.
        Outside of a deployment, what depends on its release is not judged.
        """

    def is_watched(
        self, color: Color, release: Release | None = None, deployment_id: str | None = None
    ) -> bool | None:
        """Whether the colour will say by itself that it is well (Docker's HEALTHCHECK), once it runs the release.

        None: only its image tells, which `build` has not brought yet.
        """

    def written_by(self, color: Color, release: Release, deployment_id: str) -> Collection[Path]:
        """The folders of the release itself that it may write to, where its colour runs it."""

    def adaptations(self) -> Sequence[str]:
        """What a colour has otherwise than the project's own files say, a line each, with its reason.

        Empty where colours are as they are written. PhaseFailed when no colour can be made of the files.
        """

    def read_by_others(self) -> Collection[Path]:
        """Files and folders that services read which are never started nor stopped here."""

    def releases(self) -> Collection[str]:
        """The names of the releases that this host knows, whatever Redis knows."""

    def kept(self, release: Release) -> Release:
        """The release, completed by what this host knows of it. PhaseFailed when it cannot be started again.

        It changes nothing.
        """

    def build(self, color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> Release:
        """Make the release startable and return it completed (its image); nothing runs yet."""

    def copy_files(self, release: Release, path: str, into: Path, cancellation: Cancellation) -> None:
        """Afterwards the folder has the files that the release has below that path, as plain files.

        A path that begins with "/" is one in its image; any other one, in its tree. PhaseFailed where there is no
        such folder, or a link in there leads out of it.
        """

    def run_job(
        self, job: Job, color: Color, release: Release, deployment_id: str, cancellation: Cancellation
    ) -> str:
        """Run the job with the release, to its end; the last 64 kB that it printed.

        JobFailed when that end is a bad one; PhaseFailed when it could not be begun.

        Called again for the same deployment, it waits for the first run, or returns what that one printed.
        """

    def forget_jobs(self, color: Color, cancellation: Cancellation, named: str = "") -> None:
        """Afterwards no such job runs for the colour, and nothing is left by which `run_job` knows of one.

        `named`: what its name begins with; by default all.
        """

    def start(self, color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> None:
        """Afterwards this colour runs this release for this deployment; what ran there before is gone."""

    def stop(self, color: Color, cancellation: Cancellation) -> None:
        """Afterwards nothing runs for the colour; it can be started again at once. Polite first, then hard."""

    def remove(self, color: Color, cancellation: Cancellation) -> None:
        """Afterwards nothing is left of the colour. Shared services are not touched."""

    def prune(self, keep: Collection[Release], cancellation: Cancellation) -> None:
        """Afterwards nothing built or pulled for other releases is kept, except what is still in use."""

    def look(self, color: Color) -> Instance:
        """What there is now."""

    def logs(self, color: Color, lines: int = 60) -> str:
        """The colour's last log lines, runs of identical ones folded into one; empty when there are none."""

    def log_lines(self, color: Color, lines: int, follow: bool) -> Iterator[str | None]:
        """The last lines of the colour's log; with `follow` also those to come, until it runs no more.

        None each time that nothing new has come for a while. NotRunning when there is no log.
        """

    def command_in(self, color: Color, words: Sequence[str], has_terminal: bool) -> Program:
        """What runs these words where the colour runs. NotRunning when it does not."""

    def shorten_logs(self) -> None:
        """Afterwards no log that we ourselves have written has more than its last megabytes."""

    def address_on_host(self, color: Color) -> Address:
        """Where the deploy host itself reaches the colour."""

    def address_in_network(self, color: Color) -> Address | None:
        """Where a proxy container beside it reaches the colour; None when it has no such address."""

    def hosts_in_network(self, color: Color) -> Collection[str]:
        """The addresses that the colour has there just now, without a port: a proxy's log names them."""
