"""Which image a release is: a file of this host's, since Redis may be lost, and written by others.

One for each service, below its state folder: releases by name, oldest first.
"""

from collections.abc import Mapping
from pathlib import Path

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.value import Unreadable, Value
from bluegreen.system import private_files


class Image(Value, frozen=True):
    """What one compose service of a release runs."""

    #: the Engine's: `sha256:…`
    id: str
    #: ours, by which it is kept and started
    tag: str
    #: what the compose file calls it; our own tag where it is built here
    name: str
    #: what a registry calls this very image, where one has it: `registry/app@sha256:…`
    digest: str | None = None


class Known(Value, frozen=True):
    """All that the file says."""

    #: by the release's name: the images by the role of their compose service
    releases: Mapping[str, Mapping[str, Image]] = {}


def load(path: Path) -> Known:
    """What is known; nothing where there is no file yet. PhaseFailed where it cannot be read."""
    try:
        return Known.from_json(path.read_bytes())
    except FileNotFoundError:
        return Known()
    except (OSError, Unreadable) as error:
        raise PhaseFailed(
            f"cannot read {path}, which says which image each release is",
            str(error),
            "Restore it, or move it away: then releases from before cannot be rolled back to.",
        ) from error


def save(path: Path, known: Known) -> None:
    """Replace it as a whole. PhaseFailed where that is impossible."""
    try:
        private_files.write(path, known.as_json())
    except OSError as error:
        raise PhaseFailed(
            f"cannot write {path}: {error.strerror or error}",
            advice="The worker needs a writable folder with room on its disk.",
        ) from error
