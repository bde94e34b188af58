"""The command line and the environment of a colour's process. Pure, but for the search of the program."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system import platform, sd_notify

_PLACE = re.compile(r"\{(port|color|release|workspace)\}")


def filled(command: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """The arguments with {port} {color} {release} {workspace} filled in; any other brace stays as it is."""
    return [_PLACE.sub(lambda place: values[place[1]], argument) for argument in command]


def environment_of(
    inherited: Mapping[str, str], configured: Mapping[str, str], ours: Mapping[str, str]
) -> dict[str, str]:
    """What the process sees. The worker's own settings are not its business: the Redis URL has a password."""
    ours_alone = (*sd_notify.VARIABLES, *(name for name in inherited if name.startswith("BLUEGREEN_")))
    kept = {name: value for name, value in inherited.items() if name not in ours_alone}
    return {**platform.ENVIRONMENT, **kept, **configured, **ours}


def program(name: str, folder: Path, search: str | None) -> str:
    """Where the program is: a name is searched on the PATH, a relative path begins in the folder.

    Raises PhaseFailed when there is no such program, or it may not be executed.
    """
    is_path = "/" in name or "\\" in name
    found = platform.which(str(folder / name) if is_path else name, search)
    if found is None:
        where = f"in {folder}" if is_path else "on the PATH of the worker"
        raise PhaseFailed(
            f"there is no program {name} {where}",
            advice="Name it in bluegreen.toml as it is called on this host, or with its full path.",
        )
    return found
