"""A proxy file in a folder of this host, which a container may have mounted."""

import contextlib
import os
from pathlib import Path

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system import platform


class PlainFile:
    """Implements bluegreen.deployment.machine.ProxyFile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    def read(self) -> str | None:
        try:
            return self.path.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise PhaseFailed(f"cannot read {self.path}: {error}") from error

    @property
    def _beside(self) -> Path:
        """One fixed name, which no include pattern matches: what a kill leaves here, the next write takes over."""
        return self.path.with_name(f".{self.path.name}.new")

    def write(self, text: str) -> None:
        """Replace it; who could read it still can, and at no moment is it another's to read or gone."""
        beside = self._beside
        try:
            platform.make_readable(self.path.parent)
            platform.remove(beside)
            _write_through(beside, text, self.path)
            platform.replace(beside, self.path)
            # the old colour will be stopped: an nginx that starts after a power cut must not read of it again
            platform.write_down(self.path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
            raise PhaseFailed(
                f"cannot write {self.path}: {error.strerror or error}", advice=_advice(error)
            ) from error

    def delete(self) -> None:
        try:
            platform.remove(self.path)
            platform.remove(self._beside)
            platform.write_down(self.path.parent)
        except OSError as error:
            raise PhaseFailed(
                f"cannot delete {self.path}: {error.strerror or error}", advice=_advice(error)
            ) from error


def _advice(error: OSError) -> str:
    if isinstance(error, platform.HeldOpen):
        return "Close it in that program (exclude the folder in a virus scanner), and deploy again."
    return "The worker needs a writable folder with room on its disk."


def _write_through(beside: Path, text: str, path: Path) -> None:
    """Write to the disk itself, so that a power cut after the replace cannot leave an empty file."""
    with beside.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        platform.take_after(beside, path)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
