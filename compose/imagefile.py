"""Which image a release is: a file of this host's, since Redis may be lost, and written by others.

One for each service, below its state folder: releases by name, oldest first.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from deployment import system
from deployment.errors import PhaseFailed
from deployment.frozen import Frozen, Unreadable


class Image(Frozen, frozen=True):
    """What one compose service of a release runs."""

    #: the Engine's: `sha256:…`
    id: str
    #: ours, by which it is kept and started
    tag: str
    #: what the compose file calls it; our own tag where it is built here
    name: str
    #: what a registry calls this very image, where one has it: `registry/app@sha256:…`
    digest: str | None = None


class Known(Frozen, frozen=True):
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
    """Replace it as a whole, for this user's eyes alone: a kill or a power cut leaves the old or the new."""
    beside = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(known.as_json())
            file.flush()
            os.fsync(file.fileno())
        system.replace(beside, path)
        system.write_down(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise PhaseFailed(
            f"cannot write {path}: {error.strerror or error}",
            advice="The worker needs a writable folder with room on its disk.",
        ) from error
