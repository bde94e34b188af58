"""A deploy host on this machine: a real nginx, a real worker, and colours as plain processes."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from bluegreen import http
from bluegreen.deployment.installation import Installation
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color, Phase, PhaseState
from bluegreen.store import keys, workers
from bluegreen.store.connection import connect
from bluegreen.store.deployments import Store
from bluegreen.system import installation, state_folder
from bluegreen.system.programs import end_tree
from cli.demo import app
from cli.demo.servers import Server, find_nginx, free_port, listens, nginx_server
from tests.e2e.forked import forker
from tests.e2e.load import Load
from tests.here import store_of_worker

COMMAND = (sys.executable, "-m", "bluegreen")
CONFIG = """
[services.hello]
workspace = "{folder}"
[services.hello.ports]
blue = {blue}
green = {green}
[services.hello.health]
path = "/health"
attempts = {attempts}
interval = {interval}
timeout = 1
[services.hello.processes]
command = ["{python}", "{app}", "--port", "{{port}}", "--version", "{{release}}"]
stop_grace = 3
[[services.hello.proxies]]
binary = "{nginx}"
conf = "nginx.conf"
file = "conf.d/app.inc"
url = "http://127.0.0.1:{site}"
status_port = {status}
name = "{upstream}"
[services.hello.drain]
timeout = 10
[services.hello.bake]
seconds = {bake}
"""


class Host:
    """Starts and ends its servers; runs the `bluegreen` command as a user would."""

    def __init__(self, folder: Path, redis_url: str, command: Sequence[str] = COMMAND) -> None:
        self.folder = folder
        self.command = command
        self.redis = connect(redis_url)
        self.env = {"BLUEGREEN_REDIS_URL": redis_url, "BLUEGREEN_CONFIG": str(folder / "bluegreen.toml")}
        self.env["STATE_DIRECTORY"] = str(folder / "state")
        self.ports = {name: free_port() for name in ("site", "status", "blue", "green")}
        self.url = f"http://127.0.0.1:{self.ports['site']}"
        self.nginx = nginx_server(folder, self.ports["site"])
        self.workers: list[Server] = []
        self.configure()

    def configure(self, more: str = "", **changes: Any) -> None:
        """Write bluegreen.toml, with more text at its end."""
        values = {"attempts": 3, "interval": 0.5, "bake": 0.3, "upstream": "app", **self.ports, **changes}
        programs = {"python": sys.executable, "app": app.__file__, "nginx": find_nginx()}
        text = CONFIG.format(folder=self.folder, **programs, **values)
        (self.folder / "bluegreen.toml").write_text(text + more, encoding="utf-8")

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.kill()
        self.nginx.stop()
        for file in self.config_state.glob("services/*/*.json"):
            if pid := json.loads(file.read_text()).get("pid"):
                end_tree(pid)
        self.redis.close()

    @property
    def config_state(self) -> Path:
        """Where its installation keeps what is its own."""
        return state_folder.path_of(self.folder / "bluegreen.toml", Path(self.env["STATE_DIRECTORY"]))

    def here(self) -> Installation:
        """Its installation, made now unless a worker has."""
        return installation.make(self.folder / "bluegreen.toml", Path(self.env["STATE_DIRECTORY"]))

    def state_of(self, service: str = "hello") -> Path:
        """The same of one service."""
        return self.config_state / "services" / service

    @property
    def queue(self) -> str:
        """Where its workers look."""
        return keys.queue(self.store.installation)

    @property
    def store(self) -> Store:
        """The deployments of its services."""
        return store_of_worker(self.redis)

    def start_nginx(self) -> None:
        self.nginx.start()
        self.nginx.wait_until(lambda: listens(self.ports["site"]), "nginx")

    def start_worker(self, *module: str) -> Server:
        """A worker that has announced itself; `module` and its arguments run it in place of the command."""
        log = self.folder / f"worker-{time.monotonic_ns()}.log"
        arguments = [sys.executable, "-m", *module] if module else [*self.command, "worker"]
        worker = Server(arguments, log, self.env)
        worker.start()
        self.workers.append(worker)
        before = set(self.redis.hkeys("bluegreen:hosts"))
        worker.wait_until(lambda: bool(set(self.redis.hkeys("bluegreen:hosts")) - before), "the worker")
        assert workers.alive(self.redis)
        return worker

    def kill_worker(self, which: int = -1) -> None:
        """SIGKILL to the newest worker (or another), and to nothing else."""
        worker = self.workers.pop(which)
        assert worker.process is not None
        worker.process.kill()
        worker.process.wait()

    def bluegreen(
        self, *arguments: str, timeout: float = 60, config: bool = True
    ) -> "subprocess.CompletedProcess[str]":
        """Run the command to its end, on the deploy host or where there is no config."""
        env = {key: value for key, value in self.env.items() if config or key != "BLUEGREEN_CONFIG"}
        if self.command == COMMAND and hasattr(os, "fork"):
            return forker().run(list(arguments), {**os.environ, **env}, timeout)
        return subprocess.run(
            [*self.command, *arguments],
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def deploy(self, ref: str, *more: str) -> tuple[int, Deployment]:
        """Deploy and wait; the exit status and the record."""
        ended = self.bluegreen("deploy", "hello", "--ref", ref, "--json", *more)
        assert ended.stdout, ended.stderr + self.worker_log()
        return ended.returncode, Deployment.from_json(ended.stdout)

    def answer(self) -> dict[str, str]:
        """What a user sees: colour and version."""
        answer = http.get(self.url, 5)
        assert answer.status == 200, f"{answer}"
        shown: dict[str, str] = json.loads(answer.body)
        return shown

    def deployment(self, identity: str) -> Deployment:
        deployment = self.store.get(identity)
        assert deployment is not None
        return deployment

    def phase_state(self, identity: str, phase: Phase) -> PhaseState | None:
        entry = self.deployment(identity).phase_record(phase)
        return entry.state if entry else None

    def load(self) -> Load:
        """Requests on the proxy from a process of its own, while the `with` block runs."""
        return Load(f"{self.url}/", self.folder)

    def proxy_workers(self) -> set[int]:
        """The process ids of nginx's workers: they change with each reload."""
        assert self.nginx.process is not None
        return {child.pid for child in psutil.Process(self.nginx.process.pid).children()}

    def _state_file(self, color: Color) -> Path:
        return self.state_of() / f"hello-{color}.json"

    def is_running(self, color: Color, after: int | None = None) -> bool:
        """Whether its process lives; a zombie that init has not yet reaped does not.

        `after`: one that was killed, and may still be seen for a moment; another one must live.
        """
        file = self._state_file(color)
        if not file.exists() or (pid := json.loads(file.read_text())["pid"]) in (None, after):
            return False
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def pid_of(self, color: Color) -> int:
        return int(json.loads(self._state_file(color).read_text())["pid"])

    def kill_color(self, color: Color) -> None:
        end_tree(self.pid_of(color))

    def worker_log(self) -> str:
        return "\n".join(worker.log.read_text(errors="replace")[-6000:] for worker in self.workers)

    def wait_until(self, true: Callable[[], bool], timeout: float = 30) -> None:
        """Return when it is true; fail with the worker's log when it does not become so."""
        deadline = time.monotonic() + timeout
        while not true():
            assert time.monotonic() < deadline, f"it did not happen in {timeout} s\n{self.worker_log()}"
            time.sleep(0.01)
