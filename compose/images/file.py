"""Which image a release is: a file of this host's, since Redis may be lost, and written by others.

One for each service, below its state folder: releases by name, oldest first.
"""

from collections.abc import Mapping
from pathlib import Path

from bluegreen.deployment.value import Value
from bluegreen.system import value_files


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
    advice = "Restore it, or move it away: then releases from before cannot be rolled back to."
    return value_files.read(path, Known, says="which image each release is", advice=advice) or Known()


def save(path: Path, known: Known) -> None:
    """Replace it as a whole. PhaseFailed where that is impossible."""
    value_files.write(path, known)
