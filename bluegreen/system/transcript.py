"""What a program prints, of which the end is kept, however much it is.

A file, not a pipe: a grandchild that keeps a pipe open would hold us past the time-out. The file is cut while the
program runs: what has been cut takes no room, neither on a disk nor in a /tmp that is memory.
"""

import os
import tempfile
from types import TracebackType

from bluegreen.deployment.errors import CommandFailed
from bluegreen.system import platform
from bluegreen.system.log_lines import MOST, tail

#: bytes after which the file is cut
ROOM = 8_000_000
#: bytes of what is read by us, not by people: the configuration of a proxy, the files of a project
MOST_READ = 64_000_000


class Transcript:
    """Where this program writes to. `whole`: all of it is wanted, and is not much."""

    def __init__(self, program: str, whole: bool = False) -> None:
        self.program = program
        self.file = tempfile.TemporaryFile()  # noqa: SIM115
        self.whole = whole
        self._cancelled = 0
        self._before = b""

    def __enter__(self) -> "Transcript":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def keep_short(self) -> None:
        """Cut what is not wanted any more. Raises CommandFailed where all is wanted, and it is too much."""
        size = self._size()
        if self.whole and size > MOST_READ:
            raise CommandFailed(f"{self.program} printed more than {MOST_READ // 10**6} MB, and was ended")
        if not self.whole and size - self._cancelled > ROOM and not platform.is_windows():
            self._before = self._end(size)
            # The program goes on where it was: before that there is a hole, which takes no room.
            os.ftruncate(self.file.fileno(), 0)
            self._cancelled = size

    def text(self) -> str:
        """What was printed so far: the last 64 kB of it, or the whole; "\n" ends each line."""
        size = self._size()
        if self.whole:
            return tail(platform.read_at(self.file.fileno(), 0, size), is_cancelled=False)
        return tail(self._end(size), is_cancelled=size > MOST or self._cancelled > 0)

    def _size(self) -> int:
        return os.fstat(self.file.fileno()).st_size

    def _end(self, size: int) -> bytes:
        begin = max(self._cancelled, size - MOST)
        since = platform.read_at(self.file.fileno(), begin, size - begin) if size > begin else b""
        return (self._before + since.lstrip(b"\0"))[-MOST:]
