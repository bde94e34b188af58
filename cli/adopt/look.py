"""What runs: the project, each nginx with what it reads, and to which Compose service each place leads."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil

from bluegreen.deployment.errors import PhaseFailed, UsageError
from bluegreen.deployment.machine import Machine
from bluegreen.system import programs
from bluegreen.system.addresses import names_of_host
from cli.adopt.places import Place
from compose.container import Container
from compose.survey import Running, Survey
from nginx.config.parser import files_of, parse
from nginx.config.passes import Pass, of_root, passes
from nginx.host import Host
from nginx.process import refusal_in

MASTER = "nginx: master process "


@dataclass(frozen=True)
class Nginx:
    """One that runs, in a container or on this host."""

    #: the container's name, or the path of its main file
    label: str
    machine: Machine
    container: Running | None
    #: the texts of the files that it reads
    files: Mapping[str, str]
    #: its own words where it refuses them as they stand
    refusal: str = ""

    @cached_property
    def passes(self) -> list[Pass]:
        return passes(parse(self.files))

    @property
    def is_on_host(self) -> bool:
        """Whether its addresses are those of this host."""
        return self.container is None or "host" in self.container.networks


@dataclass(frozen=True)
class Write:
    """A file of nginx, as it is and as it shall be."""

    nginx: Nginx
    place: Place
    before: str | None
    after: str


def choose_project(seen: Survey, wanted: str | None) -> Running:
    """A container of the project that is meant: by name or folder, else that of this folder, else the only one."""
    projects = {each.project: each for each in seen.running if not each.is_ours}
    if not projects:
        raise UsageError("no Compose project runs", advice="Start yours (docker compose up -d), and ask again.")
    folder = Path(wanted or ".").resolve()
    here = [each for each in projects.values() if Path(each.folder).resolve() == folder]
    if wanted in projects:
        return projects[wanted]
    if len(here) == 1:
        return here[0]
    if wanted is None and not here and len(projects) == 1:
        return next(iter(projects.values()))
    known = ", ".join(f"{name} ({each.folder})" for name, each in sorted(projects.items())) or "none"
    what = f"no Compose project {wanted} runs" if wanted else "it is not clear which Compose project is meant"
    raise UsageError(
        what, f"running: {known}", "Start it (docker compose up -d), or name one: bluegreen adopt --project NAME"
    )


def nginxes(seen: Survey, project: str) -> list[Nginx]:
    """All that run; those of the project first."""
    inside = sorted((each for each in seen.running if each.runs_nginx), key=lambda each: each.project != project)
    found = [_asked(each.name, Container(each.name), each) for each in inside]
    hosts = [Host(binary, conf) for binary, conf in _masters()]
    return [*found, *(_asked(each.name, each, None) for each in hosts)]


def service_at(nginx: Nginx, target: str, running: Collection[Running]) -> Running | None:
    """The container to which the nginx sends requests by that host:port pair."""
    host, _, port = target.rpartition(":")
    if nginx.container and not nginx.is_on_host:
        networks = set(nginx.container.networks)
        for each in running:
            if host in each.names and networks & set(each.networks):
                return each
    if host in names_of_host() or (nginx.is_on_host and host in ("0.0.0.0",)):
        return next((each for each in running if int(port) in each.ports.values()), None)
    return None


def leading_to(nginx: Nginx, service: str, running: Collection[Running]) -> list[Pass]:
    """The places from which requests go to this service alone. UsageError: from one they go to others, too."""
    found = []
    for each in nginx.passes:
        at = {(each_at.service if each_at else target) for target, each_at in _reached(nginx, each, running)}
        if service in at and len(at) > 1:
            raise UsageError(
                f"upstream {each.host} of {nginx.label} sends requests to {', '.join(sorted(at))}",
                advice=f"bluegreen replaces one service: leave {service} alone in that upstream. Several "
                f"containers of one version: deploy.replicas of {service}.",
            )
        if service in at:
            found.append(each)
    return found


def services_of_root(found: Sequence[Nginx], running: Collection[Running]) -> dict[str, set[str]]:
    """The services to which `location /` of a site leads, each with the nginx that do so."""
    services: dict[str, set[str]] = {}
    for nginx in found:
        for each in of_root(
            [each for each in nginx.passes if any(at for _, at in _reached(nginx, each, running))]
        ):
            for _, at in _reached(nginx, each, running):
                if at:
                    services.setdefault(at.service, set()).add(nginx.label)
    return services


def with_requests(found: Sequence[Nginx], running: Collection[Running]) -> set[str]:
    """The services to which any of these nginx sends requests."""
    reached = (at for nginx in found for each in nginx.passes for _, at in _reached(nginx, each, running))
    return {each.service for each in reached if each}


def _reached(nginx: Nginx, place: Pass, running: Collection[Running]) -> list[tuple[str, Running | None]]:
    return [(target, service_at(nginx, target, running)) for target in place.targets]


def _asked(label: str, machine: Machine, container: Running | None) -> Nginx:
    try:
        output = machine.run("nginx", "-T")
    except PhaseFailed:  # it has just ended
        return Nginx(label, machine, container, {})
    return Nginx(label, machine, container, files_of(output.text), refusal_in(output))


def _masters() -> Iterator[tuple[str, Path]]:
    """Program and main file of each nginx that was started on this host, and not in a container."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            title = " ".join(process.cmdline()) if process.name() == "nginx" else ""
            if title.startswith(MASTER) and _is_of_this_host(process.pid):
                program = title.removeprefix(MASTER).partition(" ")[0]
                if conf := _conf(title, program):
                    yield program, conf


def _conf(title: str, program: str) -> Path | None:
    named = re.search(r" -c ?(\S+)", title)
    with suppress(PhaseFailed):
        built = re.search(r"--conf-path=(\S+)", programs.run([program, "-V"], timeout=10).text)
        path = Path(named[1] if named else built[1] if built else "/etc/nginx/nginx.conf")
        return path if path.is_file() else None
    return None


def _is_of_this_host(pid: int) -> bool:
    """Whether it sees the same processes as we do: one in a container does not."""
    if not Path("/proc/self/ns/pid").exists():
        return True
    return Path(f"/proc/{pid}/ns/pid").readlink() == Path("/proc/self/ns/pid").readlink()
