"""Where the files of an nginx lie: in a folder of this host, mounted by themselves, or in the container."""

import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.machine import ProxyFile
from compose.container import CopiedFile
from compose.survey import Mount, Running
from nginx.file.plain_file import PlainFile

FOLDER = "/etc/nginx"
#: a folder of Windows as Docker Desktop's virtual machine has it
_IN_DESKTOP = re.compile(r"^/(?:run/desktop/mnt/host|host_mnt|mnt/host)/([a-z])(?:/|$)")


class ExactFile(PlainFile):
    """A file of somebody else's, with the line ends that it has."""

    def read(self) -> str | None:
        try:
            with self.path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise PhaseFailed(f"cannot read {self.path}: {error.strerror or error}") from error


class MountedFile(ExactFile):
    """A file that is mounted by itself: another one in its place would not be seen in the container."""

    def write(self, text: str) -> None:
        """Fill it again. A kill in the middle leaves a part, which nobody loads before a reload."""
        try:
            with self.path.open("r+", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
                file.write(text)
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise PhaseFailed(f"cannot write {self.path}: {error.strerror or error}") from error


@dataclass(frozen=True)
class Place:
    """A file of nginx."""

    #: as nginx knows it
    path: str
    file: ProxyFile
    #: it is gone with the container
    is_inside: bool = False


def place_of(nginx: Running | None, path: str) -> Place:
    """Where that file of the nginx is; one of this host itself where it is not in a container."""
    if nginx is None:
        return Place(path, ExactFile(Path(path).resolve()))
    covering = [each for each in nginx.mounts if _is_below(path, each.destination)]
    mount = max(covering, key=lambda each: len(each.destination), default=None)
    if mount is None:
        return Place(path, CopiedFile(nginx.name, path), is_inside=True)
    here = here_of(mount)
    if mount.destination == path:
        return Place(path, MountedFile(here.resolve()))
    return Place(path, ExactFile((here / posixpath.relpath(path, mount.destination)).resolve()))


def folders_of(nginx: Running) -> Iterator[Mount]:
    """What of its configuration lies in folders of this host."""
    for mount in nginx.mounts:
        if here_of(mount).is_dir() and _is_below(mount.destination, FOLDER):
            yield mount


def here_of(mount: Mount) -> Path:
    """Where this host has it: Docker Desktop may name its virtual machine's path instead."""
    return Path(_IN_DESKTOP.sub(lambda drive: f"{drive[1].upper()}:/", mount.source, count=1))


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")
