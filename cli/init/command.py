"""init: writes a bluegreen.toml for a Compose project that runs."""

import re
import tomllib
from pathlib import Path

import click

from bluegreen.deployment.errors import PhaseFailed, UsageError
from bluegreen.deployment.states import Color
from bluegreen.settings import config_file
from bluegreen.system import environment
from cli.init.application import Scene, application_of, color_of
from cli.init.draft import Draft, draft
from cli.init.proxies import Files, proxies_of
from cli.init.text import list_unknown, render
from compose.container import Container
from compose.project.color_file import ColorFile
from compose.survey import Running, Survey, color_file, free_port, survey, taken_ports
from nginx.config.parser import files_of
from nginx.config.targets import targets_in

#: where the search for a colour's port begins, when none is published yet
FIRST_PORT = 7999


@click.command()
@click.argument("project", required=False)
def init(project: str | None) -> None:
    """Write bluegreen.toml for a Compose project that runs.

    PROJECT is the project's name or folder; the default is the project of this folder, else the only one. An
    existing file is never overwritten.
    """
    path = environment.config_path()
    _refuse_existing(path)
    try:
        seen = survey()
        made = _look(seen, _choose(seen, project), path.parent)
    except PhaseFailed as error:
        raise UsageError(*error.args) from error  # nothing was changed, and no deployment has failed
    text = render(made)
    config_file.parse(tomllib.loads(text))
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        _refuse_existing(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
    _report(path, made)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise UsageError(
            f"{path} exists, and is left as it is", advice="Name another with --config, or remove it."
        )


def _choose(seen: Survey, wanted: str | None) -> Running:
    """A container of the project that is meant."""
    projects = {each.project: each for each in seen.running if not each.is_ours}
    if not projects:
        raise UsageError("no Compose project runs", advice="Start yours (docker compose up -d), and ask again.")
    folder = Path(wanted or ".").resolve()
    here = [each for each in projects.values() if Path(each.folder) == folder]
    if wanted in projects:
        return projects[wanted]
    if len(here) == 1:
        return here[0]
    if wanted is None and not here and len(projects) == 1:
        return next(iter(projects.values()))
    known = ", ".join(f"{name} ({each.folder})" for name, each in sorted(projects.items())) or "none"
    what = f"no Compose project {wanted} runs" if wanted else "it is not clear which Compose project is meant"
    raise UsageError(
        what, f"running: {known}", "Start it (docker compose up -d), or name one: bluegreen init PROJECT"
    )


def _look(seen: Survey, chosen: Running, config_folder: Path) -> Draft:
    folder = Path(chosen.folder)
    running = sorted(_around(seen, chosen), key=lambda each: (each.project != chosen.project, each.name))
    nginxes = {each.name: _files(each.name) for each in seen.running if each.runs_nginx}
    files, color_file = _color_files(folder)
    first = free_port(FIRST_PORT, taken := taken_ports(seen.running))
    scene = Scene(
        project=chosen.project,
        folder=folder,
        config_folder=config_folder.resolve(),
        running=running,
        color_file=color_file,
        color_files=files,
        targets=[target for name in nginxes for target in targets_in(nginxes[name])],
        free=[first, free_port(first, taken)],
    )
    proxies = proxies_of(scene, application_of(scene), nginxes, seen.gateway)
    name = re.sub(r"[^a-z0-9_-]+", "-", chosen.project.lower()).strip("-_")[:41] or "web"
    return draft(scene, proxies, name)


def _around(seen: Survey, chosen: Running) -> list[Running]:
    """The project's containers, colours whose files lie in its folder, and every nginx."""

    def belongs(each: Running) -> bool:
        return bool(color_of(each.service)) and Path(each.folder).is_relative_to(chosen.folder)

    return [each for each in seen.running if each.project == chosen.project or each.runs_nginx or belongs(each)]


def _files(container: str) -> Files:
    try:
        return files_of(Container(container).run("nginx", "-T").text)
    except PhaseFailed:
        return {}  # it has just ended: what it would say is marked as unknown


def _color_files(folder: Path) -> tuple[dict[Color, ColorFile], str | None]:
    """What the colours' files in the folder say, and their name with `{color}`; None when there are not two."""
    for path in sorted(folder.glob("*compose*blue*.y*ml")):
        pattern = path.name.replace("blue", "{color}")
        if (folder / pattern.replace("{color}", "green")).is_file():
            names = {color: pattern.replace("{color}", color) for color in Color}
            return {color: color_file(folder, name, color) for color, name in names.items()}, pattern
    return {}, None


def _report(path: Path, made: Draft) -> None:
    click.echo(f"wrote {path}")
    if found := list_unknown(made):
        click.echo("what could not be known by looking:")
        for line in found:
            click.echo(f"  - {line}")
    click.echo(f"next: bluegreen plan {made.name}; then bluegreen doctor")
