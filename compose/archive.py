"""The one-file archives in which the Engine takes and hands out files. Pure."""

import io
import tarfile
import time

MODE = 0o644


def packed(name: str, text: str) -> bytes:
    """An archive with this file: UTF-8, LF line ends, readable by everybody."""
    content = text.replace("\r\n", "\n").encode("utf-8")
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), MODE, int(time.time())
    archived = io.BytesIO()
    with tarfile.open(fileobj=archived, mode="w") as archive:
        archive.addfile(entry, io.BytesIO(content))
    return archived.getvalue()


def unpacked(archived: bytes) -> str | None:
    """The text of the file in it; None when it is no plain file."""
    with tarfile.open(fileobj=io.BytesIO(archived)) as archive:
        entry = archive.next()
        content = archive.extractfile(entry) if entry and entry.isfile() else None
        return content.read().decode("utf-8", "replace") if content else None
