"""The state of an installation lies in a folder of its own, outside of every workspace.

`git clean -fdx` does not reach it there. It has the id of the installation, and for each service its locks,
process states and logs, git mirror and releases.
"""

import hashlib
import re
from pathlib import Path

from bluegreen.deployment.errors import ConfigError
from bluegreen.deployment.installation import Installation
from bluegreen.system import environment, platform, value_files

#: which installation it is of
INSTALLATION = "installation.json"
#: in the folder of a service that was adopted: what was changed for it
ADOPTION = "adoption.json"


def path_of(config: Path, root: Path | None = None) -> Path:
    """The state folder of that config file's installation; it need not be there yet.

    It is below the root; by default below what systemd names by $STATE_DIRECTORY, else below the place that the
    system has for such files. One that is there already is taken wherever it is: a worker that was started by hand
    and its service are the same installation.
    """
    config = config.absolute()
    readable = re.sub(r"[^A-Za-z0-9]+", "-", f"{config.parent.name}-{config.stem}").strip("-")
    name = f"{readable[-50:]}-{hashlib.sha256(str(config).encode()).hexdigest()[:8]}"
    named = root or environment.state_directory()
    roots = [*([named] if named else []), *(() if root else platform.state_roots())]
    return next((each / name for each in roots if _is_ours(each / name)), roots[0] / name)


def adoption_of(config: Path, service: str) -> Path:
    """The file that says what was changed for that service, where it was adopted."""
    return path_of(config) / "services" / service / ADOPTION


def installation_of(config: Path, root: Path | None = None) -> Installation | None:
    """The installation of that config file; None when it was never made on this host."""
    return value_files.read(
        path_of(config, root) / INSTALLATION,
        Installation,
        says="which installation this is",
        advice="Make it readable, or remove it: a new one is made, and "
        "the services of the old id have to be claimed.",
        refusal=ConfigError,
    )


def _is_ours(folder: Path) -> bool:
    """Whether it is there, and this user's to work with."""
    try:
        return folder.is_dir() and platform.owns(folder)
    except OSError:
        return False
