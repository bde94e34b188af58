"""The log of a colour's processes: they append to it, we keep its last megabytes and read its end."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bluegreen.system import platform, private_files

#: bytes of a log, and as many of what was before it; the process itself knows nothing of that
LONGEST = 16 * 1024 * 1024
#: bytes that are read from the end
WINDOW = 512 * 1024
_PIECE = 1024 * 1024
#: seconds between two looks at a log that is followed
QUIET_SECONDS = 0.2


def last_lines(path: Path, lines: int) -> str:
    """The last lines, at most that many and no more than WINDOW bytes of them; empty when there is no file."""
    text = _end(path)
    if len(text) < WINDOW:
        text = _end(_before(path)) + text
    return "\n".join(text[-WINDOW:].decode("utf-8", "replace").splitlines()[-lines:]) if lines > 0 else ""


def followed(path: Path, lines: int, is_over: Callable[[], bool]) -> Iterator[str | None]:
    """The last lines, then each that is written, and None after a while without any; ends once it is over."""
    position, partial = (path.stat().st_size if path.exists() else 0), b""
    yield from last_lines(path, lines).splitlines()
    while True:
        ends = is_over()
        new, position = _since(path, position)
        *whole, partial = (partial + new).split(b"\n")
        yield from (line.decode("utf-8", "replace").rstrip("\r") for line in whole)
        if ends:
            return
        yield None
        time.sleep(QUIET_SECONDS)


def _since(path: Path, position: int) -> tuple[bytes, int]:
    """What was written since, and where it ends; from the beginning where the log was cut, or is another one."""
    if not path.exists():
        return b"", 0
    with path.open("rb") as log:
        log.seek(position if position <= log.seek(0, 2) else 0)
        return log.read(_PIECE), log.tell()


def shorten(path: Path, longest: int = LONGEST) -> None:
    """Afterwards a log that had more is empty, and its last bytes lie beside it, in place of those before them.

    The process appends to the very file that it was given, so that it cannot be renamed. A kill at any moment
    loses nothing; what is written between the last look and the cut, some microseconds, is lost. On Windows
    nothing is done: there a process writes on where it was, cut or not.
    """
    if platform.is_windows() or not path.exists() or path.stat().st_size <= longest:
        return
    beside = _before(path).with_name(f"{path.name}.new")
    with path.open("r+b") as log, private_files.emptied(beside) as kept:
        log.seek(-longest, 2)
        while piece := log.read(_PIECE):
            kept.write(piece)
        kept.flush()
        platform.replace(beside, _before(path))
        kept.write(log.read())
        log.truncate(0)


def remove(path: Path) -> None:
    """Afterwards there is neither the log nor what was before it. HeldOpen when one stays open (Windows)."""
    platform.remove(path)
    platform.remove(_before(path))


def _before(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")


def _end(path: Path) -> bytes:
    try:
        with path.open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - WINDOW))
            return log.read()
    except FileNotFoundError:
        return b""
