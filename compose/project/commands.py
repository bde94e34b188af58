"""What Compose is given for one colour: the arguments after its own name. Pure: `color_project` runs them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ComposeSettings

#: stands for each word that only a deployment knows, where a file is read outside of one: what contains it
#: cannot be judged
UNKNOWN = "bluegreen-unknown"
#: what each call begins with
PLAIN = ("--ansi", "never")


@dataclass(frozen=True)
class Project:
    """One colour as a Compose project of its own, so that nothing done to it reaches what both colours share."""

    name: str
    #: relative to the workspace, with forward slashes: Compose takes those everywhere
    files: tuple[str, ...]
    #: the colour is made of files of another project, which has a name of its own
    is_derived: bool = False

    @property
    def label(self) -> str:
        """Its files, for a sentence."""
        return ", ".join(self.files)

    @property
    def folder(self) -> PurePath:
        """Where Compose takes the project to live: the folder of its first file, from the workspace."""
        return PurePath(self.files[0]).parent


def project_of(service: str, color: Color, settings: ComposeSettings) -> Project:
    """The project of a colour."""
    return Project(name_of(service, color), settings.files_of(color), bool(settings.files))


def name_of(service: str, color: Color) -> str:
    """The name of a colour's project."""
    return lowered(f"{service}-{color}")


def own_service(service: str, settings: ComposeSettings) -> str:
    """The colour's own service in its project, with {color} for the colour. Derived, it has the project's name."""
    return f"{lowered(service)}-{{color}}" if settings.files else settings.service


def lowered(name: str) -> str:
    """As both Compose's project names and image names want it: lower case, single - or _ between the words."""
    return re.sub(r"[^a-z0-9]+", lambda found: found[0] if found[0] == "_" else "-", name.lower()).strip("-_")


def version() -> list[str]:
    return ["version", "--short"]


def config(project: Project) -> list[str]:
    """Prints the user's own files as Compose understands them; those of another project with its own name."""
    named = [*PLAIN] if project.is_derived else _named(project)
    return [*named, *(word for file in project.files for word in ("-f", file)), "config", "--format", "json"]


def given(project: Project, folder: Path, env_files: Sequence[Path] = ()) -> list[str]:
    """How a call begins whose document comes on standard input, for a project that lives in the folder.

    `env_files`: in place of the `.env` there.
    """
    files = [word for each in env_files for word in ("--env-file", str(each))]
    return [*_named(project), "--project-directory", str(folder), *files, "-f", "-"]


def build() -> list[str]:
    return ["build"]


def up() -> list[str]:
    """What runs already gets the seconds to end that it was started with.

    Volumes without a name are replaced: they would bring the files of the release before last."""
    return [
        "up",
        "--detach",
        "--no-build",
        "--force-recreate",
        "--renew-anon-volumes",
        "--remove-orphans",
    ]


def run_once(service: str, name: str, job: Job) -> list[str]:
    """A container of the service's image beside it: no ports, no dependencies started, gone only when removed."""
    variables = [word for key, value in job.variables.items() for word in ("--env", f"{key}={value}")]
    return ["run", "--detach", "--no-TTY", "--no-deps", "--name", name, *variables, service, *job.command]


def down(project: Project) -> list[str]:
    """Volumes and images stay; networks go only when they are the project's own."""
    return [*_named(project), "down"]


def variables(color: Color, release: Release | None = None, deployment_id: str | None = None) -> dict[str, str]:
    """What a compose file may refer to.

    Always set: a file that insists (`${BLUEGREEN_RELEASE:?}`) must be readable outside a deployment too.
    BLUEGREEN_REF is empty for a release that nobody named.
    """
    return {
        "BLUEGREEN_COLOR": color.value,
        "BLUEGREEN_RELEASE": release.name if release else UNKNOWN,
        "BLUEGREEN_REF": (release.ref or "") if release else UNKNOWN,
        "BLUEGREEN_DEPLOYMENT": deployment_id or UNKNOWN,
        # A file named there, or in an .env, must not stand in for the labels by which `down` looks.
        "COMPOSE_FILE": "",
        # Compose refuses --remove-orphans beside this one, which many set to silence a warning.
        "COMPOSE_IGNORE_ORPHANS": "false",
    }


def _named(project: Project) -> list[str]:
    return [*PLAIN, "-p", project.name]
