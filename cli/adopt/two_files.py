"""Looks at a project that has a compose file for each colour."""

import re
from pathlib import Path

from bluegreen.deployment.states import Color
from cli.adopt.colors import Scene, application_of, color_of, draft_of_colors
from cli.adopt.draft import Draft
from cli.adopt.look import Nginx
from cli.adopt.proxies import proxies_of
from compose.project.color_file import ColorFile
from compose.survey import Running, Survey, color_file, free_port, taken_ports

#: where the search for a colour's port begins, when none is published yet
FIRST_PORT = 7999


def color_files(folder: Path) -> tuple[dict[Color, ColorFile], str] | None:
    """What the colours' files in the folder say, and their name with `{color}`; None when there are not two."""
    for path in sorted(folder.glob("*compose*blue*.y*ml")):
        pattern = path.name.replace("blue", "{color}")
        if (folder / pattern.replace("{color}", "green")).is_file():
            names = {color: pattern.replace("{color}", color) for color in Color}
            return {color: color_file(folder, name, color) for color, name in names.items()}, pattern
    return None


def draft_of(
    seen: Survey,
    chosen: Running,
    found: tuple[dict[Color, ColorFile], str],
    nginxes: list[Nginx],
    name: str | None,
    config_folder: Path,
) -> Draft:
    """The config for these files. UsageError where they do not go together."""
    first = free_port(FIRST_PORT, taken := taken_ports(seen.running))
    scene = Scene(
        project=chosen.project,
        folder=Path(chosen.folder),
        config_folder=config_folder.resolve(),
        running=sorted(_around(seen, chosen), key=lambda each: (each.project != chosen.project, each.name)),
        color_file=found[1],
        color_files=found[0],
        free=[first, free_port(first, taken)],
    )
    application = application_of(scene)
    files = {each.label: each.files for each in nginxes if each.container}
    proxies = proxies_of(scene, application, files, seen.gateway)
    usual = re.sub(r"[^a-z0-9_-]+", "-", chosen.project.lower()).strip("-_")[:41] or "web"
    return draft_of_colors(scene, application, proxies.tables, proxies.notes, name or usual)


def _around(seen: Survey, chosen: Running) -> list[Running]:
    """The project's containers, colours whose files lie in its folder, and every nginx."""

    def belongs(each: Running) -> bool:
        return bool(color_of(each.service)) and Path(each.folder).is_relative_to(chosen.folder)

    return [each for each in seen.running if each.project == chosen.project or each.runs_nginx or belongs(each)]
