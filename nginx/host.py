"""An nginx that runs on this host, not in a container."""

import re
from pathlib import Path

import psutil

from deployment import commands, system
from deployment.errors import NotRunning
from deployment.machine import LogPiece, Output
from nginx import logfile


class Host:
    """Implements deployment.machine.Machine for the nginx that was started with `conf`."""

    def __init__(self, binary: str, conf: Path) -> None:
        self.name = str(conf.resolve())
        self.binary = binary
        self.conf = conf

    def run(self, *arguments: str, timeout: float = 30) -> Output:
        """`nginx …` runs our binary with our conf; anything else runs as it is."""
        if arguments[0] == "nginx":
            arguments = (self.binary, *self._options(), *arguments[1:])
        return commands.run(arguments, timeout=timeout)

    def nginx_workers(self) -> dict[int, str]:
        try:
            children = psutil.Process(self._master()).children()
        except psutil.NoSuchProcess:
            raise self._not_running() from None
        titles = {child.pid: _title(child) for child in children}
        return {pid: title for pid, title in titles.items() if title is not None}

    def url_of(self, port: int) -> str | None:
        return f"http://127.0.0.1:{port}"

    def log_end(self, path: str) -> str:
        return logfile.end(Path(path))

    def log_since(self, path: str, mark: str) -> LogPiece:
        return logfile.since(Path(path), mark)

    def _options(self) -> tuple[str, ...]:
        conf = ("-c", str(self.conf.absolute()))
        return conf if system.NGINX_HAS_PREFIX else ("-p", str(self._prefix()), *conf)

    def _prefix(self) -> Path:
        """Where relative paths begin: the conf's folder; as nginx is unpacked, the one around a folder conf."""
        folder = self.conf.absolute().parent
        return folder.parent if folder.name == "conf" else folder

    def _master(self) -> int:
        try:
            return int(self._pid_file().read_text())
        except (OSError, ValueError):
            raise self._not_running() from None

    def _pid_file(self) -> Path:
        configured = re.search(r"^\s*pid\s+([^;]+);", self.conf.read_text(encoding="utf-8"), re.MULTILINE)
        found = configured or re.search(r"--pid-path=(\S+)", commands.run([self.binary, "-V"], timeout=10).text)
        return self._prefix() / (found[1].strip("\"'") if found else "nginx.pid")

    def _not_running(self) -> NotRunning:
        return NotRunning(
            f"nginx with {self.conf} is not running",
            advice=f"Start it: {' '.join((self.binary, *self._options()))}",
        )


def _title(process: psutil.Process) -> str | None:
    """None for one that has just ended: workers do, in the middle of every drain.

    Between its end and its being a zombie a process has no title any more.
    """
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline()) or None
    except psutil.NoSuchProcess:
        return None
