"""A runtime without a process: what runs, it only says. The suite beside it holds it to what real ones do."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import JobFailed, NotRunning, PhaseFailed
from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Address, Instance, Program, Weakness
from bluegreen.deployment.states import Color
from bluegreen.http import Response
from bluegreen.settings.checks import CheckSettings
from bluegreen.settings.service import HealthSettings
from bluegreen.system.log_lines import folded
from bluegreen.traffic import checks, health
from bluegreen.traffic.checks import Checked
from bluegreen.traffic.health import Judged

WELL = Response(200, "well", 0.0)
#: what nobody listens to
REFUSED = Response(None, "connection refused", 0.0)


class MemoryRuntime:
    """A `Runtime` whose colours are entries of a dict. `log` has each effect, in order."""

    def __init__(self) -> None:
        self.colors: dict[Color, Instance] = {}
        self.built: dict[str, Release] = {}
        #: below the path that is asked for, by release
        self.files: dict[str, dict[str, str]] = {}
        self.ended: dict[tuple[str, str], str] = {}
        #: what jobs come to an end with
        self.jobs_end_with = 0
        #: what is called with a job just before its end
        self.during: Callable[[Job], None] = lambda job: None
        self.log: list[str] = []
        self.lines: dict[Color, str] = {}
        #: its images have a HEALTHCHECK
        self.watched = False
        #: what a colour that runs answers
        self.answer: Callable[[Color], Response] = lambda color: WELL

    def preflight(self, *_: object) -> Collection[Weakness]:
        return ()

    def is_watched(self, color: Color, release: Release | None = None, *_: object) -> bool | None:
        return self.watched if release and release.image else None

    def written_by(self, *_: object) -> Collection[Path]:
        return ()

    def adaptations(self) -> Collection[str]:
        return ()

    def read_by_others(self) -> Collection[Path]:
        return ()

    def releases(self) -> Collection[str]:
        return tuple(self.built)

    def kept(self, release: Release) -> Release:
        if release.name not in self.built:
            raise PhaseFailed(f"{release.name} is not kept on this host")
        return self.built[release.name]

    def build(self, color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> Release:
        with self._doing(f"build {release.name}", cancellation):
            return self.built.setdefault(release.name, release.with_(image=f"web:{release.name}"))

    def copy_files(self, release: Release, path: str, into: Path, cancellation: Cancellation) -> None:
        with self._doing(f"copy files of {release.name}", cancellation):
            for name, text in self.files.get(release.name, {}).items():
                (into / name).parent.mkdir(parents=True, exist_ok=True)
                (into / name).write_text(text)

    def run_job(
        self, job: Job, color: Color, release: Release, deployment_id: str, cancellation: Cancellation
    ) -> str:
        ended = job.name, deployment_id
        if ended not in self.ended:
            with self._doing(f"{job.name} {release.name}", cancellation):
                self.during(job)
                if self.jobs_end_with:
                    raise JobFailed(f"{job.label} ended with status {self.jobs_end_with}", "its output")
                number = self.log.count(f"{job.name} {release.name}")
                self.ended[ended] = f"{job.name} of {release.name}, for the {number}. time"
        return self.ended[ended]

    def forget_jobs(self, color: Color, cancellation: Cancellation, named: str = "") -> None:
        with self._doing("forget jobs", cancellation):
            self.ended = {job: said for job, said in self.ended.items() if not job[0].startswith(named)}

    def start(self, color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> None:
        there = self.look(color)
        if there.running and (there.deployment_id, there.release) == (deployment_id, release.name):
            return
        with self._doing(f"start {color} {release.name}", cancellation):
            self.colors[color] = Instance(True, deployment_id, release.name, described=f"colour {color}")
            self.lines.setdefault(color, "")

    def stop(self, color: Color, cancellation: Cancellation) -> None:
        if self.look(color).running:
            with self._doing(f"stop {color}", cancellation):
                self.die(color, 0)

    def remove(self, color: Color, cancellation: Cancellation) -> None:
        if color in self.colors:
            with self._doing(f"remove {color}", cancellation):
                self.lines.pop(color, None)
                del self.colors[color]

    def prune(self, keep: Collection[Release], cancellation: Cancellation) -> None:
        with self._doing("prune", cancellation):
            self._prune(keep)

    def _prune(self, keep: Collection[Release]) -> None:
        used = {each.release for each in self.colors.values()} | {each.name for each in keep}
        self.built = {name: release for name, release in self.built.items() if name in used}

    def look(self, color: Color) -> Instance:
        return self.colors.get(color, Instance(False))

    def logs(self, color: Color, lines: int = 60) -> str:
        return folded(self.lines.get(color, ""), lines)

    def log_lines(self, color: Color, lines: int, follow: bool) -> Iterator[str | None]:
        if color not in self.lines:
            raise NotRunning(f"{color} has no log")
        yield from self.lines[color].splitlines()[-lines:]

    def command_in(self, color: Color, words: Sequence[str], has_terminal: bool) -> Program:
        if not self.look(color).running:
            raise NotRunning(f"{color} is not running")
        return Program(words)

    def shorten_logs(self) -> None: ...

    def address_on_host(self, color: Color) -> Address:
        return Address(str(color), 80)

    def address_in_network(self, color: Color) -> Address | None:
        return None

    def hosts_in_network(self, color: Color) -> Collection[str]:
        return ()

    def request(self, url: str, settings: HealthSettings) -> Judged:
        """As `health.ask`, to a colour by its address here."""
        color = Color(urlsplit(url).hostname or "")
        answer = self.answer(color) if self.look(color).running else REFUSED
        good = answer.status is not None and settings.accepts(answer.status)
        return Judged(answer, good, "" if good else health.advice(answer, settings))

    def request_check(self, check: CheckSettings, url: str, settings: HealthSettings) -> Checked:
        """As `checks.ask`, to a colour by its address here."""
        color = Color(urlsplit(url).hostname or "")
        answer = self.answer(color) if self.look(color).running else REFUSED
        return Checked(answer, checks.problem_of(check, answer))

    def die(self, color: Color, code: int) -> None:
        """Its process ends."""
        here = self.look(color)
        self.colors[color] = Instance(
            False, here.deployment_id, here.release, code, f"colour {color} (exited, code {code})"
        )

    @contextmanager
    def _doing(self, what: str, cancellation: Cancellation) -> Iterator[None]:
        cancellation.check()
        with failpoints.around(what):
            self.log.append(what)
            yield
