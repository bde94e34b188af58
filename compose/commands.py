"""What Compose is told of one colour: the arguments after its own name. Pure: `compose.project` runs them."""

import math
import re
from dataclasses import dataclass

from deployment.states import Color


@dataclass(frozen=True)
class Project:
    """One colour as a Compose project of its own, so that nothing done to it reaches what both colours share.

    Files are relative to the workspace, with forward slashes: Compose takes those everywhere.
    """

    name: str
    file: str
    override: str


def project_of(service: str, color: Color, colors: str, state_folder: str) -> Project:
    """The project of a colour; `colors` is the setting with `{color}` in it."""
    name = lowered(f"{service}-{color}")
    # by the project's name: services may share a workspace, and are deployed side by side
    return Project(name, file=colors.replace("{color}", color), override=f"{state_folder}/compose.{name}.json")


def lowered(name: str) -> str:
    """As both Compose's project names and image names want it: lower case, single - or _ between the words."""
    return re.sub(r"[^a-z0-9]+", lambda found: found[0] if found[0] == "_" else "-", name.lower()).strip("-_")


def version() -> list[str]:
    return ["version", "--short"]


def config(project: Project) -> list[str]:
    """Prints the user's own file as Compose understands it, without our override."""
    return [*_named(project), "-f", project.file, "config", "--format", "json"]


def build(project: Project) -> list[str]:
    return [*_with_files(project), "build"]


def up(project: Project, grace: float) -> list[str]:
    return [
        *_with_files(project),
        "up",
        "--detach",
        "--no-build",
        "--force-recreate",
        "--remove-orphans",
        "--timeout",
        _whole(grace),
    ]


def run_once(project: Project, service: str, name: str, command: tuple[str, ...]) -> list[str]:
    """A container of the service's image beside it: no ports, no dependencies started, gone only when removed."""
    return [*_with_files(project), "run", "--detach", "--no-TTY", "--no-deps", "--name", name, service, *command]


def down(project: Project, grace: float) -> list[str]:
    """Volumes and images stay; networks go only when they are the project's own."""
    return [*_named(project), "down", "--timeout", _whole(grace)]


def variables(color: Color, release: str = "none", deployment: str = "none") -> dict[str, str]:
    """What a compose file, and our override, may refer to.

    Always set: a file that insists (`${BLUEGREEN_RELEASE:?}`) must be readable outside a deployment too.
    """
    return {
        "BLUEGREEN_COLOR": color.value,
        "BLUEGREEN_RELEASE": release,
        "BLUEGREEN_DEPLOYMENT": deployment,
        # A file named there, or in an .env, must not stand in for the labels by which `down` looks.
        "COMPOSE_FILE": "",
        # Compose refuses --remove-orphans beside this one, which many set to silence a warning.
        "COMPOSE_IGNORE_ORPHANS": "false",
    }


def _named(project: Project) -> list[str]:
    return ["--ansi", "never", "-p", project.name]


def _with_files(project: Project) -> list[str]:
    # The user's file comes first: its folder is the one that relative paths start from.
    return [*_named(project), "-f", project.file, "-f", project.override]


def _whole(seconds: float) -> str:
    return str(math.ceil(seconds))
