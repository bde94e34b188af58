"""Where an nginx lives, seen from its door: something that runs commands, has processes and keeps a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Output:
    """What a command left behind; `text` is its standard output and error together."""

    status: int
    text: str


@dataclass(frozen=True)
class LogChunk:
    """A part of a log."""

    #: each line, and when it was written (seconds since 1970) where the log's keeper says so
    lines: Sequence[tuple[float | None, str]]
    #: where it ends
    mark: str
    #: False: something that stood before it is lost
    whole: bool = True
    #: True: the log goes on, read again
    more: bool = False


#: bytes of a log that are read at a time
LOG_BYTES = 8_000_000


class Machine(Protocol):
    """This host, or one container."""

    name: str

    def run(self, *arguments: str, timeout: float = 30) -> Output:
        """Run a command there. Raises PhaseFailed when that itself is impossible (no such container)."""

    def nginx_workers(self) -> dict[int, str]:
        """Process ids and titles of the nginx worker processes there, those that are shutting down included."""

    def nginx_prefix(self) -> str | None:
        """Where relative paths of the nginx there begin; None: as it was built."""

    def is_host(self) -> bool:
        """Whether its addresses are those of a host, loopback included, and not its own."""

    def url_of(self, port: int) -> str | None:
        """http://… under which this process reaches that port of the machine; None when it cannot."""

    def log_end(self, path: str) -> str:
        """A mark for where the log ends now. Raises PhaseFailed when it cannot be read."""

    def log_since(self, path: str, mark: str) -> LogChunk:
        """What was written since the mark, or the first LOG_BYTES of it. Raises PhaseFailed as above."""


class ProxyFile(Protocol):
    """The file that a proxy includes."""

    name: str

    def read(self) -> str | None:
        """Its text, None when it does not exist. Bytes that are not UTF-8 are written again as they were
        (surrogateescape)."""

    def write(self, text: str) -> None:
        """Replace it as a whole: a reader sees the old text or the new one."""

    def delete(self) -> None:
        """Afterwards it does not exist."""
