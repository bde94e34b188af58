"""An installation: a config file on a host. Its state lies in a folder of its own, outside of every workspace.

`git clean -fdx` does not reach it there. It has the id of the installation, and for each service its locks,
process states and logs, git mirror and releases.
"""

import hashlib
import re
import socket
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from msgspec import Meta

from bluegreen.deployment.errors import ConfigError
from bluegreen.deployment.value import Unreadable, Value
from bluegreen.system import environment, platform
from bluegreen.system.locks import exclusive

_FILE = "installation.json"


class Installation(Value, frozen=True):
    """Who announces services, and to whom a deployment belongs."""

    #: made once: names of hosts change and repeat
    id: Annotated[str, Meta(pattern=r"\A[0-9a-f]{8}\Z")]
    #: for people: the host's name when it was made, and the path of the config file
    host: str
    config: str

    def __str__(self) -> str:
        return f"{self.host} ({self.config})"


def folder_of(config: Path, root: Path | None = None) -> Path:
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


def known(config: Path, root: Path | None = None) -> Installation | None:
    """The installation of that config file; None when it was never made on this host."""
    file = folder_of(config, root) / _FILE
    try:
        return Installation.from_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, Unreadable) as error:
        raise ConfigError(
            f"{file} cannot be read: {error}",
            advice="It has the id of this installation. Make it readable, or remove it: a new one is made, and "
            "the services of the old id have to be claimed.",
        ) from error


def made(config: Path, root: Path | None = None) -> Installation:
    """The installation of that config file, made now unless it is there. Raises ConfigError when it cannot be."""
    folder = folder_of(config, root)
    with exclusive(folder / "installation.lock"):
        if found := known(config, root):
            return found
        new = Installation(uuid4().hex[:8], socket.gethostname(), str(config.absolute()))
        beside = folder / f"{_FILE}.new"
        try:
            beside.write_text(new.as_json(), encoding="utf-8")
            platform.replace(beside, folder / _FILE)
            platform.write_down(folder)
        except OSError as error:
            raise ConfigError(f"cannot write {folder / _FILE}: {error.strerror or error}") from error
        return new


def _is_ours(folder: Path) -> bool:
    """Whether it is there, and this user's to work with."""
    try:
        return folder.is_dir() and platform.owns(folder)
    except OSError:
        return False
