"""Stops what served before the first deployment, and keeps it down: its compose file starts it no more."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bluegreen import failpoints
from bluegreen.deployment.errors import PhaseFailed, UsageError
from bluegreen.deployment.states import Color
from bluegreen.settings import config_file
from bluegreen.settings.service import ServiceSettings
from bluegreen.system import environment
from bluegreen.traffic.site import Site
from cli.adopt import apply, compose_edit, journal
from cli.adopt.journal import Adoption, Written
from cli.adopt.look import leading_to, nginxes
from cli.adopt.places import ExactFile
from cli.adopt.show import diff
from compose import originals
from compose.survey import services_of, survey
from tasks.services import opened

if TYPE_CHECKING:
    from cli.adopt.command import Consent


def finish(adoption: Adoption, do: "Consent") -> None:
    """Show it, and do it where it is wanted. UsageError: what served before may serve still."""
    settings = config_file.service_of(config_file.load(environment.config_path()), adoption.service)
    services = (adoption.compose_service, *settings.background_services.values())
    containers = (*adoption.originals, *adoption.of(services))
    _expect_ours_serves(adoption, settings)
    files = _edits(adoption, services)
    for each in files:
        click.echo(f"{diff(each.path, each.file.read(), each.after)}\n")
    if replaced := [name for each in files for name in compose_edit.dependents(each.before or "", services)]:
        click.echo(
            f"note: depends_on changes of {', '.join(replaced)}, and so the next `docker compose up` replaces "
            "their containers once. Where nginx is one of them, the site is away for about two seconds then.\n"
        )
    names = ", ".join(containers)
    if not do(f"Stop {names}" + (" and keep it down by these lines?" if files else "?")):
        return
    if files:
        _write(adoption, files, services)
    apply.drain(adoption, settings.drain.timeout)
    originals.stop(containers)
    click.echo(f"{names} is stopped, and kept. `docker rm {' '.join(containers)}` removes it.")


def _expect_ours_serves(adoption: Adoption, settings: ServiceSettings) -> None:
    site = opened(adoption.service, settings)
    observed = site.router.observe()
    if others := [label for label, each in observed.items() if not (each.current and each.current.color)]:
        raise UsageError(
            f"{adoption.service}: no colour serves through {', '.join(others)}",
            f"{', '.join(adoption.originals)} may be what users get",
            f"Deploy first: bluegreen deploy {adoption.service}",
        )
    _expect_ours_work(adoption, site, {each.current.color for each in observed.values() if each.current})
    seen = survey()
    own = [each for each in seen.running if each.project == adoption.project]
    service, all_nginx = adoption.compose_service, nginxes(seen, adoption.project)
    still = [each.label for each in all_nginx if leading_to(each, service, own)]
    if still:
        raise UsageError(
            f"{', '.join(still)} still sends requests to {service}",
            advice="Add that nginx to the service's proxies, or take these lines out of it; then ask again.",
        )


def _expect_ours_work(adoption: Adoption, site: Site, live: Collection[Color | None]) -> None:
    """Of each background service that was adopted, the live version's own runs."""
    colors = [each for each in live if each]
    if not site.background or not colors:
        return
    found = site.background.look(colors[0])
    services = site.settings.background_services
    if missing := [
        name
        for name, each in found.items()
        if adoption.of([services[name]]) and not any(one.running for one in each)
    ]:
        raise UsageError(
            f"{adoption.service}: the live version has no {', '.join(missing)} of its own that runs",
            f"{', '.join(adoption.of([services[each] for each in missing]))} may do that work",
            f"Deploy first: bluegreen deploy {adoption.service}",
        )


def _edits(adoption: Adoption, services: Sequence[str]) -> list[Written]:
    """What changes in the project's compose files; none where all has. A killed one has changed some."""
    known = {each.path: each for each in adoption.compose_files}
    found, is_done = [], True
    for path in _compose_files(adoption):
        file = ExactFile(path)
        text = there = file.read() or ""
        if (before := known.get(file.name)) and there == before.after:
            text = before.before or ""
        if (new := compose_edit.without(text, services)) != text:
            found.append(Written(file.name, new, before=text))
            is_done = is_done and there == new
    return [] if is_done else found


def _compose_files(adoption: Adoption) -> list[Path]:
    """The project's, and those that they include."""
    left, found = [Path(adoption.folder, each).resolve() for each in adoption.project_files], list[Path]()
    while left:
        path = left.pop(0)
        if path not in found and path.is_file():
            found.append(path)
            left += [
                (path.parent / each).resolve() for each in compose_edit.included(ExactFile(path).read() or "")
            ]
    return found


def _write(adoption: Adoption, files: list[Written], services: Sequence[str]) -> None:
    """Compose itself says whether they mean what they shall: all services but these. Else they are put back."""
    folder, names = Path(adoption.folder), adoption.project_files
    for each in files:
        if each.file.read() != each.before:
            apply.restore(each)  # a killed one has written it
    before = services_of(folder, names)
    others = [each for each in adoption.compose_files if each.path not in {new.path for new in files}]
    journal.write(adoption.with_(compose_files=(*others, *files)))
    try:
        for each in files:
            with failpoints.around("write compose file"):
                each.file.write(each.after)
        after = services_of(folder, names)
        if after != before - set(services):
            raise PhaseFailed(
                "with these lines `docker compose up` would start other services than before",
                f"before: {', '.join(sorted(before))}; with them: {', '.join(sorted(after))}",
                f"Write them by hand: profiles: [{compose_edit.PROFILE}] in {', '.join(services)} alone.",
            )
    except PhaseFailed:
        for each in files:
            apply.restore(each)
        journal.write(adoption.with_(compose_files=tuple(others)))
        raise
