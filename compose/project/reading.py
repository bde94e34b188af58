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
#: ours, which differ from one deployment to the next: they count where a file names one
OURS = "BLUEGREEN_"
#: by Compose's own words, what to do; for any others, the last
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
    """The project's file, in this folder, as Compose understands it. Raises PhaseFailed when Compose does not."""
    file = folder / project.file
    content = _content(file)
    if content is None or LEADS_ELSEWHERE.search(content) or env.get(ENV_FILES):
        return _read(project, folder, env)
    beside = tuple(_content(each / ".env") for each in (file.parent, folder))
    if not any(OURS.encode() in each for each in (content, *beside) if each):
        env = {name: value for name, value in env.items() if not name.startswith(OURS)}
    return _kept(project, folder, frozenset(env.items()), content, beside)


@lru_cache(maxsize=KEPT)
def _kept(
    project: commands.Project,
    folder: Path,
    env: frozenset[tuple[str, str]],
    _content: bytes,
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
        advice = next(advice for words, advice in ADVICE if words in said)
        raise PhaseFailed(f"docker compose cannot read {project.file}", said, advice) from error
    return parse(project.file, text)
