"""A log file of this host, read from a mark on. A mark is the file's identity and a position in it."""

import os
from pathlib import Path
from typing import IO

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.machine import LOG_BYTES, LogChunk


def end(path: Path) -> str:
    """Where it ends now."""
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return f"{status.st_ino} {status.st_size}"


def since(path: Path, mark: str) -> LogChunk:
    """What was written since the mark; all of the file when another one has taken its place."""
    identity, position = map(int, mark.split())
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            whole = status.st_ino == identity and status.st_size >= position
            return _piece(file, status.st_ino, position if whole else 0, whole)
    except OSError as error:
        raise _unreadable(path, error) from error


def _piece(file: IO[bytes], identity: int, position: int, whole: bool) -> LogChunk:
    file.seek(position)
    found = file.read(LOG_BYTES)
    marker, newline, _ = found.rpartition(b"\n")  # a line that is being written waits
    texts = marker.decode("utf-8", "replace").split("\n") if newline else []
    lines = [(None, text.removesuffix("\r")) for text in texts]  # nginx.exe ends them with \r\n
    read = position + len(marker) + len(newline)
    return LogChunk(lines, f"{identity} {read}", whole, more=len(found) == LOG_BYTES and bool(newline))


def _unreadable(path: Path, error: OSError) -> PhaseFailed:
    return PhaseFailed(f"cannot read {path}: {error.strerror or error}")
