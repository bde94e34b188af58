"""The archives in which the Engine takes and hands out files."""

import io
import posixpath
import shutil
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bluegreen.deployment.errors import PhaseFailed


@dataclass(frozen=True)
class Access:
    """Whose a file is, and who may read it: by default root's, and everybody."""

    mode: int = 0o644
    uid: int = 0
    gid: int = 0


def packed(name: str, text: str, access: Access) -> bytes:
    """An archive with this file: UTF-8, LF line ends."""
    content = text.replace("\r\n", "\n").encode("utf-8", "surrogateescape")
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime = len(content), int(time.time())
    entry.mode, entry.uid, entry.gid = access.mode, access.uid, access.gid
    archived = io.BytesIO()
    with tarfile.open(fileobj=archived, mode="w") as archive:
        archive.addfile(entry, io.BytesIO(content))
    return archived.getvalue()


def unpacked(archived: bytes) -> tuple[str, Access] | None:
    """The text of the file in it, and its access; None when it is not a plain file."""
    with tarfile.open(fileobj=io.BytesIO(archived)) as archive:
        entry = archive.next()
        content = archive.extractfile(entry) if entry and entry.isfile() else None
        if entry is None or content is None:
            return None
        text = content.read().decode("utf-8", "surrogateescape")
        return text, Access(entry.mode & 0o7777, entry.uid, entry.gid)


def extract(archived: IO[bytes], into: Path) -> None:
    """Afterwards the folder has the archive's files, as plain files; a link is the file that it leads to in there.

    PhaseFailed where one leads out of the archive, or is not a file at all.
    """
    with tarfile.open(fileobj=archived) as archive:
        for entry in archive:
            if entry.isdir():
                continue
            path = posixpath.normpath(entry.name)
            try:
                content = archive.extractfile(entry)
            except KeyError:
                content = None
            if content is None or path.startswith(("/", "..")):
                raise PhaseFailed(
                    f"{path} is not a file of that folder",
                    f"it leads to {entry.linkname}" if entry.linkname else "",
                    "Static files are plain files: put the file itself there.",
                )
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            with content, (into / path).open("wb") as file:
                shutil.copyfileobj(content, file)
