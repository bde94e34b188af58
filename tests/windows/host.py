"""A Windows deploy host: worker and colours under Wine, nginx in a container, the client on the Linux side."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bluegreen import http
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Phase, PhaseState
from bluegreen.store.connection import connect
from bluegreen.store.deployments import Store
from cli.demo.servers import free_port, listens
from tests.e2e.load import Load
from tests.here import store_of_worker
from tests.windows.engineport import EnginePort
from tests.windows.wine import Wine, windows_path

CONFIG = """
[services.hello]
workspace = '{folder}'
[services.hello.ports]
blue = {blue}
green = {green}
[services.hello.health]
path = "/health"
attempts = 10
interval = 1
[services.hello.processes]
command = ['{python}', "-m", "cli.demo.app", "--port", "{{port}}", "--version", "{{release}}"]
stop_grace = 3
[[services.hello.proxies]]
container = "{proxy}"
file = 'conf.d\\app.inc'
upstream_address = "127.0.0.1"
url = "http://127.0.0.1:{site}"
status_port = {status}
status_url = "http://127.0.0.1:{status}"
[services.hello.drain]
timeout = 10
[services.hello.bake]
seconds = 0.3
"""
SITE = """
include /etc/nginx/conf.d/app.inc;
server {{
    listen 127.0.0.1:{site};
    location / {{
        proxy_pass http://app;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $remote_addr;
    }}
}}
"""


class WindowsHost:
    """Its servers, and `bluegreen` as a Jenkins agent has it: with Redis' URL, without a config file."""

    def __init__(self, folder: Path, redis_url: str, wine: Wine, image: str, name: str) -> None:
        self.folder = folder
        self.wine = wine
        self.proxy = name
        self.image = image
        self.ports = {name: free_port() for name in ("site", "status", "blue", "green")}
        self.url = f"http://127.0.0.1:{self.ports['site']}"
        self.redis_url = redis_url
        self.redis = connect(redis_url)
        self.log = folder / "worker.log"
        self.worker: subprocess.Popen[bytes] | None = None
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "WindowsHost":
        self.configure()
        (self.folder / "conf.d").mkdir()
        (self.folder / "conf.d" / "site.conf").write_text(SITE.format(**self.ports), "utf-8")
        (self.folder / "conf.d" / "app.inc").write_text("upstream app { server 127.0.0.1:1 down; }\n", "utf-8")
        self.engine_port = self._open.enter_context(EnginePort())
        mounted = f"{self.folder / 'conf.d'}:/etc/nginx/conf.d:ro"
        docker("run", "--detach", "--name", self.proxy, "--network", "host", "--volume", mounted, self.image)
        self._open.callback(docker, "rm", "--force", "--volumes", self.proxy)
        self._open.callback(self.redis.close)
        self._open.callback(self._end_everything)
        self.wait_until(lambda: listens(self.ports["site"]))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def configure(self, more: str = "") -> None:
        """Write bluegreen.toml, with more text at its end, in which {python} is the Windows one."""
        values = {"folder": windows_path(self.folder), "python": windows_path(Path(self.wine.exe)), **self.ports}
        text = (CONFIG + more).format(proxy=self.proxy, **values)
        (self.folder / "bluegreen.toml").write_text(text, "utf-8")

    @property
    def store(self) -> Store:
        """The deployments of its services."""
        return store_of_worker(self.redis)

    def start_worker(self) -> None:
        """A worker on Windows that has announced itself."""
        before = set(self.redis.hkeys("bluegreen:hosts"))
        env = {
            "BLUEGREEN_REDIS_URL": self.redis_url,
            "BLUEGREEN_CONFIG": windows_path(self.folder / "bluegreen.toml"),
            "STATE_DIRECTORY": windows_path(self.folder / "state"),
            "DOCKER_HOST": self.engine_port.url,
            "BLUEGREEN_LAB_STOP": windows_path(self.folder / "stop"),
        }
        self.worker = self.wine.start(["-m", "tests.windows.worker"], self.log, env)
        self.wait_until(lambda: bool(set(self.redis.hkeys("bluegreen:hosts")) - before))

    def stop_worker(self) -> int:
        """Ask it to stop, as a service manager does; its exit status once it has."""
        assert self.worker is not None
        (self.folder / "stop").touch()
        status = self.worker.wait(60)
        self.worker = None
        (self.folder / "stop").unlink()
        return status

    def terminate_worker(self) -> None:
        """End it at once, as Windows' TerminateProcess does."""
        assert self.worker is not None
        self.worker.kill()
        self.worker.wait(30)
        self.worker = None

    def bluegreen(self, *arguments: str, timeout: float = 90) -> "subprocess.CompletedProcess[str]":
        """Run the command on the Linux side to its end."""
        return subprocess.run(
            [sys.executable, "-m", "bluegreen", *arguments],
            env={**os.environ, "BLUEGREEN_REDIS_URL": self.redis_url, "BLUEGREEN_CONFIG": ""},
            cwd=self.folder / "conf.d",
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def deploy(self, ref: str) -> tuple[int, Deployment]:
        """Deploy and wait; the exit status and the record."""
        ended = self.bluegreen("deploy", "hello", "--ref", ref, "--json")
        assert ended.stdout, ended.stderr + self.worker_log()
        return ended.returncode, Deployment.from_json(ended.stdout)

    def answer(self) -> dict[str, str]:
        """What a user sees: colour and version."""
        answer = http.get(self.url, 5)
        assert answer.status == 200, f"{answer}\n{self.worker_log()}"
        shown: dict[str, str] = json.loads(answer.body)
        return shown

    def deployment(self, identity: str) -> Deployment:
        deployment = self.store.get(identity)
        assert deployment is not None
        return deployment

    def is_under_way(self, identity: str, phase: Phase) -> bool:
        """Whether a worker is in the middle of this phase."""
        entry = self.deployment(identity).phase_record(phase)
        return entry is not None and entry.state is PhaseState.RUNNING

    def load(self) -> Load:
        """Requests on the proxy, one in twenty of 2 s, while the `with` block runs."""
        return Load(f"{self.url}/", self.folder, 40)

    def worker_log(self) -> str:
        return self.log.read_text("utf-8", "replace")[-6000:] if self.log.exists() else ""

    def wait_until(self, true: Callable[[], bool], timeout: float = 60) -> None:
        """Return when it is true; fail with the worker's log when it does not become so."""
        deadline = time.monotonic() + timeout
        while not true():
            assert time.monotonic() < deadline, f"it did not happen in {timeout} s\n{self.worker_log()}"
            time.sleep(0.02)

    def _end_everything(self) -> None:
        if self.worker is not None:
            self.terminate_worker()
        code = (
            "import sys, psutil\n"
            "for each in psutil.process_iter():\n"
            "    try:\n"
            "        if sys.argv[1] in each.environ().get('BLUEGREEN_STATE', ''): each.kill()\n"
            "    except (psutil.Error, OSError): pass"
        )
        self.wine.run("-c", code, windows_path(self.folder), timeout=60)


def docker(*arguments: str) -> None:
    subprocess.run(["docker", *arguments], check=True, capture_output=True, timeout=60)
