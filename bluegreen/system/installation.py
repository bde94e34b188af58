"""Makes the installation of a config file: once, whoever of several workers is first."""

import socket
from pathlib import Path
from uuid import uuid4

from bluegreen.deployment.errors import ConfigError
from bluegreen.deployment.installation import Installation
from bluegreen.system import platform, state_folder
from bluegreen.system.locks import exclusive


def make(config: Path, root: Path | None = None) -> Installation:
    """The installation of that config file, made now unless it is there. Raises ConfigError when it cannot be."""
    folder = state_folder.path_of(config, root)
    with exclusive(folder / "installation.lock"):
        if found := state_folder.installation_of(config, root):
            return found
        new = Installation(uuid4().hex[:8], socket.gethostname(), str(config.absolute()))
        beside = folder / f"{state_folder.INSTALLATION}.new"
        try:
            beside.write_text(new.as_json(), encoding="utf-8")
            platform.replace(beside, folder / state_folder.INSTALLATION)
            platform.write_down(folder)
        except OSError as error:
            raise ConfigError(
                f"cannot write {folder / state_folder.INSTALLATION}: {error.strerror or error}"
            ) from error
        return new
