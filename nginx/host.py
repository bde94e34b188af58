"""An nginx that runs on this host, not in a container."""

from functools import cached_property
from pathlib import Path

import psutil

from bluegreen.deployment.errors import NotRunning
from bluegreen.deployment.machine import LogChunk, Output
from bluegreen.system import platform, programs
from nginx.config.build import Build, build_of
from nginx.config.parser import parse
from nginx.logs import log_file


class Host:
    """Implements bluegreen.deployment.machine.Machine for the nginx that was started with `conf`."""

    def __init__(self, binary: str, conf: Path) -> None:
        self.name = str(conf.resolve())
        self.binary = binary
        self.conf = conf

    def run(self, *arguments: str, timeout: float = 30) -> Output:
        """`nginx …` runs our binary with our conf; anything else runs as it is."""
        if arguments[0] == "nginx":
            arguments = (self.binary, *self._options(), *arguments[1:])
        return programs.run(arguments, timeout=timeout, whole=True)

    def nginx_workers(self) -> dict[int, str]:
        try:
            children = psutil.Process(self._master()).children()
        except psutil.NoSuchProcess:
            raise self._not_running() from None
        titles = {child.pid: _title(child) for child in children}
        return {pid: title for pid, title in titles.items() if title is not None}

    def nginx_prefix(self) -> str | None:
        return None if platform.NGINX_HAS_PREFIX else self._prefix().as_posix()

    def is_host(self) -> bool:
        return True

    def url_of(self, port: int) -> str | None:
        return f"http://127.0.0.1:{port}"

    def log_end(self, path: str) -> str:
        return log_file.end(Path(path))

    def log_since(self, path: str, mark: str) -> LogChunk:
        return log_file.since(Path(path), mark)

    def _options(self) -> tuple[str, ...]:
        conf = ("-c", str(self.conf.absolute()))
        return conf if platform.NGINX_HAS_PREFIX else ("-p", str(self._prefix()), *conf)

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
        text = self.conf.read_text(encoding="utf-8", errors="replace")
        named = [each.arguments[0] for each in parse({"": text}) if each.name == "pid" and each.arguments]
        path = Path(named[-1] if named else self._build.pid)
        if path.is_absolute():
            return path
        # a prefix that is no whole path is the folder where nginx was started: as a rule, that of its files
        prefix = Path(self._build.prefix)
        return (prefix if platform.NGINX_HAS_PREFIX and prefix.is_absolute() else self._prefix()) / path

    @cached_property
    def _build(self) -> Build:
        return build_of(programs.run([self.binary, "-V"], timeout=10).text)

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
