"""Where an nginx lives, seen from its door: something that runs commands, has processes and keeps a file."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Output:
    """What a command left behind; `text` is its standard output and error together."""

    status: int
    text: str


class Machine(Protocol):
    """This host, or one container."""

    name: str

    def run(self, *arguments: str, timeout: float = 30) -> Output:
        """Run a command there. Raises PhaseFailed when that itself is impossible (no such container)."""

    def nginx_workers(self) -> dict[int, str]:
        """Process ids and titles of the nginx worker processes there, those that are shutting down included."""

    def url_of(self, port: int) -> str | None:
        """http://… under which this process reaches that port of the machine; None when it cannot."""


class ProxyFile(Protocol):
    """The file that a proxy includes."""

    name: str

    def read(self) -> str | None:
        """Its text, None when it does not exist."""

    def write(self, text: str) -> None:
        """Replace it as a whole: a reader sees the old text or the new one."""

    def delete(self) -> None:
        """Afterwards it does not exist."""
