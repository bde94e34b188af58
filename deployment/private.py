"""Files of our own that nobody else is to read or to write."""

import os
from pathlib import Path

from deployment import system


def write(path: Path, text: str) -> None:
    """Replace the file as a whole, folders made where they are missing; a kill or a power cut leaves one of both.

    OSError when it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    system.remove(beside)  # what a kill has left
    opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    system.replace(beside, path)
    system.write_down(path.parent)
