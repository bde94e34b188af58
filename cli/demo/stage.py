"""A deploy host in a temporary folder: Redis, nginx, a worker, and the colours. Nothing outlives it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import BlueGreenError, PhaseFailed
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color
from bluegreen.processes.runtime import ProcessRuntime
from bluegreen.settings import config_file
from bluegreen.store import workers
from bluegreen.store.connection import connect
from bluegreen.store.deployments import Store
from bluegreen.system import programs
from cli.demo.config import BLUEGREEN, SERVICE, environment_for, state_root, write_config
from cli.demo.interrupts import ignore_interrupts
from cli.demo.servers import (
    Server,
    find_nginx,
    find_redis,
    free_port,
    listens,
    nginx_server,
    nginx_version,
    redis_answers,
    redis_server,
)
from cli.demo.traffic import Traffic
from nginx.config.capabilities import KEEPS_CONNECTIONS

#: seconds for the worker's own goodbye; it has nothing to do then, unless Ctrl-C came in the middle
WORKER_GOODBYE = 2.0
#: seconds for the client to put a deployment into the queue
CLIENT_TIMEOUT = 15.0


@dataclass(frozen=True)
class Stage:
    """The host while it runs."""

    store: Store
    worker: Server
    traffic: Traffic
    redis_url: str
    config: Path

    def deploy(self, ref: str) -> Deployment:
        """Run `bluegreen deploy` as a user would, up to its place in the queue."""
        command = [*BLUEGREEN, "deploy", SERVICE, "--ref", ref, "--detach", "--json"]
        env = os.environ | environment_for(self.redis_url, self.config)
        try:
            ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=CLIENT_TIMEOUT)
        except subprocess.TimeoutExpired:
            raise BlueGreenError(f"{ref} did not get into the queue within {CLIENT_TIMEOUT:g} s") from None
        if ended.returncode != 0:
            raise BlueGreenError(f"{ref} could not be deployed", ended.stderr.strip())
        return Deployment.from_json(ended.stdout)

    def excuses(self) -> list[str]:
        """What of this machine may have dropped a request."""
        version = nginx_version(find_nginx())
        if version >= KEEPS_CONNECTIONS:
            return []
        named, needed = (".".join(map(str, each)) for each in (version, KEEPS_CONNECTIONS))
        return [f"nginx {named} cuts keep-alive connections at each reload; {needed} and later keep them"]

    def worker_log(self) -> str:
        """The last that the worker wrote."""
        return self.worker.log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()


@contextmanager
def deploy_host() -> Iterator[Stage]:
    """The running host; afterwards, and after Ctrl-C, no process and no file of it is left.

    Raises UsageError when there is no Redis or no nginx, or one of them does not start.
    """
    binary, _ = find_nginx(), find_redis()
    with ExitStack() as stack:
        folder = _temporary_folder(stack)
        stack.callback(_end_children, {each.pid for each in psutil.Process().children()})
        ports = {name: free_port() for name in ("redis", "site", "status", "blue", "green")}
        config = write_config(folder, ports, binary)
        stage = _start(stack, folder, config, ports)
        stack.callback(ignore_interrupts)
        yield stage


def _start(stack: ExitStack, folder: Path, config: Path, ports: dict[str, int]) -> Stage:
    redis_url = f"redis://127.0.0.1:{ports['redis']}/0"
    worker = Server([*BLUEGREEN, "worker"], folder / "worker.log", environment_for(redis_url, config))
    redis = stack.enter_context(redis_server(folder, ports["redis"]))
    nginx = stack.enter_context(nginx_server(folder, ports["site"]))
    redis.wait_until(lambda: redis_answers(ports["redis"]), "Redis")
    client = connect(redis_url)
    stack.callback(client.close)
    stack.callback(_end_colors, config)
    stack.callback(worker.stop, WORKER_GOODBYE)
    worker.start()
    nginx.wait_until(lambda: listens(ports["site"]), "nginx")
    worker.wait_until(lambda: SERVICE in workers.alive(client), "the worker")
    traffic = Traffic(f"http://127.0.0.1:{ports['site']}/", folder)
    stack.callback(traffic.close)
    return Stage(Store(client).home(SERVICE), worker, traffic, redis_url, config)


def _temporary_folder(stack: ExitStack) -> Path:
    folder = Path(tempfile.gettempdir()).resolve() / f"bluegreen-demo-{uuid4().hex[:8]}"
    # The promise to remove it comes first: a Ctrl-C may come at once after mkdir.
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def _end_colors(config: Path) -> None:
    """Colours are detached from the worker that started them, to outlive it; here they must not."""
    runtime = ProcessRuntime(
        SERVICE, config_file.service_of(config_file.load(config, state_root(config)), SERVICE)
    )
    for color in Color:
        with suppress(PhaseFailed):
            runtime.remove(color, NeverCancelled())  # the demo is over: nobody else runs its phases


def _end_children(others: set[int]) -> None:
    """End what a Ctrl-C left between its start and our knowing of it; not what was there before us."""
    for child in psutil.Process().children():
        if child.pid not in others:
            programs.end_tree(child.pid)
