"""Checks of the deploy host: Docker, the disk, and for each service its source and its colours."""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import BlueGreenError, PhaseFailed, UsageError
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.redaction import url_without_secrets
from bluegreen.deployment.states import Color
from bluegreen.settings import release_folder
from bluegreen.settings.service import Config, ServiceSettings, SourceSettings
from bluegreen.source.reach import newest_commit
from bluegreen.traffic import health
from bluegreen.traffic.health import Judged
from bluegreen.traffic.serving import see
from bluegreen.traffic.site import Site
from cli.doctor.findings import Advice, Check, Unknown
from compose import preflight
from compose.engine.client import data_root, engine_version

GIB = 1024**3
#: below that a build and its image may not fit
ROOM_NEEDED = 1 * GIB
#: below that it will not last for long
ROOM_WANTED = 5 * GIB
#: seconds for which a lost file is reported, though it is back: whoever made the container again looks now
RECENTLY = 600.0
#: of a log, lines that say why it does not answer
LOG_LINES = 10


@dataclass(frozen=True)
class Subject:
    """A service, opened."""

    service: ServiceSettings
    site: Site
    #: the last deployment that succeeded, where Redis knows one
    last: Deployment | None
    #: the generation of the one that may have a preview now
    previewed: int | None = None


def docker() -> str:
    """The command, Compose and the Engine are there."""
    compose = preflight.check_tools()
    return f"Docker {engine_version()}, Compose {compose}"


def docker_room() -> str:
    """Images have room. The disk of an Engine elsewhere is not known here."""
    root = data_root()
    return room(root) if root and root.exists() else "the Engine's disk is not part of this system"


def room(folder: Path) -> str:
    """The disk with the folder has room for a release."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        advice = "Correct the workspace in the config file, or make the folder."
        raise UsageError(f"{folder} cannot be looked at: {error.strerror}", advice=advice) from error
    left = f"{free / GIB:.1f} GiB free at {folder}"
    advice = "Make room: `docker system df` shows what Docker holds; cleanup.keep_releases bounds what we keep."
    if free < ROOM_NEEDED:
        raise UsageError(f"the disk is full: {left}", advice=advice)
    if free < ROOM_WANTED:
        raise Advice(f"the disk will soon be full: {left}", advice=advice)
    return left


def source(settings: SourceSettings) -> str:
    """The repository answers this user."""
    return f"{url_without_secrets(settings.url)} is at {newest_commit(settings.url)[:12]}"


def live(subject: Subject) -> str:
    """The proxies agree on what is live."""
    found = subject.site.look(subject.last)
    if found.color is None:
        return "nothing yet"
    return f"{found.color}, " + (
        f"release {found.release}" if found.release else "by where the proxy's file leads"
    )


def serves(subject: Subject) -> str:
    """What is live answers."""
    settings = subject.service.health
    protocol = subject.last.protocol if subject.last else "http"

    def ask(color: Color) -> Judged:
        ask_url = partial(health.ask, health=settings)
        return health.ask_color(subject.site.runtime, color, settings, protocol, ask_url)

    seen = see(subject.site, subject.last, ask, NeverCancelled())
    if seen.serves is False:
        raise PhaseFailed(
            seen.sentence,
            subject.site.runtime.logs(seen.color, LOG_LINES).strip() if seen.color else "",
            f"See its log; where there is a release before it: bluegreen rollback {subject.site.name}",
        )
    return seen.sentence


def files(subject: Subject) -> str:
    """Each proxy's file is as the last deployment left it."""
    found = subject.site.look(subject.last, previewed=subject.previewed)
    files = {each.label: each.file or f"{each.container}:{each.copy_to}" for each in subject.service.proxies}
    if named := [f"{files[label]} {what}" for label, what in found.wrong.items()]:
        raise PhaseFailed(
            "; ".join(named),
            f"{found.color}, release {found.release}, is live: an nginx may read something else at its next start",
            f"bluegreen repair {subject.site.name}",
        )
    for label, seconds in _losses(subject.site).items():
        raise PhaseFailed(
            f"the file of {label} was gone {seconds:.0f} s ago, and was put back",
            "It lives in the container (copy_to) and went with it: until it was back, users got an error",
            "Mount a folder of this host there, and name the file in it with `file` in place of copy_to: then a "
            "new container has the file, too.",
        )
    return (
        "are as they were left"
        if found.color
        else "do not belong to bluegreen yet: the first deployment writes them"
    )


def _losses(site: Site) -> dict[str, float]:
    """By the labels of proxies whose file was lost a while ago, how many seconds ago that was."""
    return {label: seconds for label, seconds in site.upkeep.seconds_since_loss().items() if seconds < RECENTLY}


def color(subject: Subject, each: Color) -> str:
    """It can be started: its file or command, its port, its networks. The live one need not, today."""
    if _is_unread(subject.service, each):
        advice = "Its compose file is in the repository: the first deployment judges it, before any change."
        raise Unknown("nothing was checked out yet", advice=advice)
    try:
        weaknesses = [*subject.site.runtime.preflight(each)]
        if subject.service.background and subject.site.background:
            weaknesses += subject.site.background.preflight(each)
        health.expect_judged(subject.site.runtime, each, subject.site.protocol())
    except BlueGreenError as error:
        if each is not subject.site.look(subject.last).color:
            raise
        later = "The next deployment goes to the other colour; the one after it needs this one. "
        raise Advice(error.what, error.saw, later + error.advice) from error
    if weaknesses:
        raise Advice("; ".join(one.what for one in weaknesses), advice="\n".join(one.fix for one in weaknesses))
    ports = subject.service.ports
    return f"can be started on port {ports.of(each)}" if ports else "can be started"


def static_files(subject: Subject) -> str:
    """The folder that nginx serves can be written to."""
    static = subject.site.static
    assert static is not None
    static.expect_writable()
    return f"go to {static.served}"


def _is_unread(service: ServiceSettings, each: Color) -> bool:
    """Whether the colour's compose file comes with the first release."""
    if not service.source or not service.compose or release_folder.newest(service):
        return False
    return not all((service.workspace / name).is_file() for name in service.compose.files_of(each))


def checks_of(config: Config) -> list[Check]:
    """What concerns all services: Docker, if one needs it."""
    needed = any(
        service.compose or any(p.container for p in service.proxies) for service in config.services.values()
    )
    return [Check("docker", "versions", docker), Check("docker", "disk", docker_room)] if needed else []


def checks_of_service(subject: Subject) -> list[Check]:
    """What can be asked without Redis."""
    about = subject.site.name
    return [
        Check(about, "disk", partial(room, subject.service.workspace)),
        *([Check(about, "source", partial(source, settings))] if (settings := subject.service.source) else []),
        Check(about, "live", partial(live, subject)),
        Check(about, "serves", partial(serves, subject)),
        Check(about, "proxy files", partial(files, subject)),
        *([Check(about, "static files", partial(static_files, subject))] if subject.site.static else []),
        *(Check(about, str(each), partial(color, subject, each)) for each in Color),
    ]
