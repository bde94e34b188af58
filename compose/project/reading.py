"""Reads a colour's file through Compose, which takes a tenth of a second: once, as long as nothing has changed.

What Compose makes of a file depends on the file, on the `.env` beside it and in the folder that it is read in, and
on the environment. A file that leads to others is read again each time, as is any where the environment does.
"""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from bluegreen.deployment.errors import CommandFailed, PhaseFailed
from bluegreen.system.programs import run_checked
from compose import preflight
from compose.engine.plugin import compose
from compose.project import commands
from compose.project.color_file import ColorFile, parse

#: seconds for `docker compose config`
TIMEOUT = 60.0
#: keys by which a compose file has Compose read another one
LEADS_ELSEWHERE = re.compile(rb"\b(include|extends|env_file|label_file)\b")
#: the variable that names other files than `.env`
ENV_FILES = "COMPOSE_ENV_FILES"
#: has Compose take the services of all profiles
ALL_PROFILES = {"COMPOSE_PROFILES": "*"}
#: ours, which differ from one deployment to the next: they count where a file names one
OURS = "BLUEGREEN_"
#: by Compose's own words, what to do; for any others, the last. The first is for files of a colour's own
ADVICE = (
    (
        " undefined ",
        "Each colour's file must stand alone: what both colours share is a project of its own, and its"
        " networks are named in the colour's file with `external: true`.",
    ),
    ("env file ", "Make that file, or let it be left out: env_file: [{path: THE-FILE, required: false}]"),
    ("required variable ", "Set it in the .env beside the file, or in the worker's environment."),
    ("", "Correct it there: `docker compose -f THE-FILE config` says the same as long as it is wrong."),
)
#: readings that are kept
KEPT = 64


def read(project: commands.Project, folder: Path, env: Mapping[str, str]) -> ColorFile:
    """The project's files, in this folder, as Compose understands them; PhaseFailed when Compose does not."""
    contents = tuple(_content(folder / file) for file in project.files)
    if any(each is None or LEADS_ELSEWHERE.search(each) for each in contents) or env.get(ENV_FILES):
        return _read(project, folder, env)
    beside = tuple(_content(each / ".env") for each in (folder / project.folder, folder))
    if not any(OURS.encode() in each for each in (*contents, *beside) if each):
        env = {name: value for name, value in env.items() if not name.startswith(OURS)}
    return _kept(project, folder, frozenset(env.items()), contents, beside)


def read_whole(project: commands.Project, folder: Path, env: Mapping[str, str]) -> ColorFile:
    """The same with the services of all profiles, where Compose can read all of them.

    One of a profile that is not active may be needed by others, or lack a file that only it needs.
    """
    try:
        return read(project, folder, {**env, **ALL_PROFILES})
    except PhaseFailed as refused:
        try:
            return read(project, folder, env)
        except PhaseFailed:
            raise refused from None


@lru_cache(maxsize=KEPT)
def _kept(
    project: commands.Project,
    folder: Path,
    env: frozenset[tuple[str, str]],
    _contents: tuple[bytes | None, ...],
    _beside: tuple[bytes | None, ...],
) -> ColorFile:
    return _read(project, folder, dict(env))


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _read(project: commands.Project, folder: Path, env: Mapping[str, str]) -> ColorFile:
    try:
        text = run_checked(
            [*compose(), *commands.config(project)], timeout=TIMEOUT, cwd=folder, env=env, whole=True
        )
    except CommandFailed as error:
        preflight.check_tools()
        said = (error.saw or error.what).replace(f"{folder}{os.sep}", "")
        advices = ADVICE[1:] if project.is_derived else ADVICE
        advice = next(advice for words, advice in advices if words in said)
        raise PhaseFailed(f"docker compose cannot read {project.label}", said, advice) from error
    return parse(project.label, text)
