"""A proxy file in a folder of this host, which a container may have mounted."""

import contextlib
import os
from pathlib import Path

from deployment import system
from deployment.errors import PhaseFailed


class PlainFile:
    """Implements deployment.machine.ProxyFile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    def read(self) -> str | None:
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise PhaseFailed(f"cannot read {self.path}: {error}") from error

    def write(self, text: str) -> None:
        # One fixed name, which no include pattern matches: what a kill leaves here, the next write takes over.
        beside = self.path.with_name(f".{self.path.name}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _write_through(beside, text)
            system.replace(beside, self.path)
            # the old colour will be stopped: an nginx that starts after a power cut must not read of it again
            system.write_down(self.path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
            raise PhaseFailed(
                f"cannot write {self.path}: {error.strerror or error}", advice=_advice(error)
            ) from error

    def delete(self) -> None:
        try:
            system.remove(self.path)
            system.write_down(self.path.parent)
        except OSError as error:
            raise PhaseFailed(
                f"cannot delete {self.path}: {error.strerror or error}", advice=_advice(error)
            ) from error


def _advice(error: OSError) -> str:
    if isinstance(error, system.HeldOpen):
        return "Close it in that program (a scanner can be told to leave the folder alone), and deploy again."
    return "The worker needs a writable folder with room on its disk."


def _write_through(path: Path, text: str) -> None:
    """Write to the disk itself, so that a power cut after the replace cannot leave an empty file."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
