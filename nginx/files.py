"""A proxy file in a folder of this host, which a container may have mounted."""

import os
import tempfile
import time
from pathlib import Path

from deployment.errors import PhaseFailed

#: Windows refuses to replace a file that another process has open just then; tried again this long, in seconds
PATIENCE = 2.0


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

    def write(self, text: str) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", newline="\n", dir=self.path.parent, prefix=".bluegreen-", delete=False
            ) as beside:
                beside.write(text)
                beside.flush()
                os.fsync(beside.fileno())
            # NamedTemporaryFile makes it private; nginx may read as another user.
            Path(beside.name).chmod(0o644)
            _replace(Path(beside.name), self.path)
        except OSError as error:
            raise PhaseFailed(
                f"cannot write {self.path}: {error.strerror or error}",
                advice="The worker needs a writable folder with room on its disk.",
            ) from error

    def delete(self) -> None:
        self.path.unlink(missing_ok=True)


def _replace(beside: Path, path: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            beside.replace(path)
            return
        except PermissionError:
            if time.monotonic() > deadline:
                beside.unlink(missing_ok=True)
                raise
            time.sleep(0.05)
