"""What surrounds a deployment, and how a test takes it away and brings it back."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from redis import Redis

from bluegreen.system import platform
from cli.demo.servers import Server, free_port, listens, redis_answers, redis_server
from tests.chaos.arena import Arena, Trial

#: data of which a Redis says LOADING for two minutes, unless it is told to hurry
KEYS, KEY_BYTES = 300, 1100
SLOWLY = ("--key-load-delay", "400000", "--loading-process-events-interval-bytes", "1024")


class OwnRedis:
    """A Redis of the test's own, that ends and comes back with or without its data."""

    def __init__(self, folder: Path, *options: str) -> None:
        if platform.is_windows():
            pytest.skip("there is no redis-server for Windows")
        folder.mkdir()
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.server = redis_server(folder, self.port)
        self.server.arguments += options

    def __enter__(self) -> "OwnRedis":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()

    def start(self) -> None:
        self.server.start()
        self.server.wait_until(lambda: redis_answers(self.port), "Redis")

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Ends it, and within the block it is there again, and says LOADING; afterwards it has read its data."""
        with Redis.from_url(self.url) as admin:
            for number in range(KEYS):
                admin.set(f"filler:{number}", random.randbytes(KEY_BYTES))
            admin.bgrewriteaof()  # of what comes as single commands, it says nothing while it reads them
            while admin.info("persistence")["aof_rewrite_in_progress"]:
                pass
        self.end(signal.SIGTERM)
        quick = self.server
        self.server = Server([*quick.arguments, *SLOWLY], quick.log)
        self.server.start()
        self.server.wait_until(lambda: listens(self.port), "Redis")
        try:
            yield
        finally:
            with Redis.from_url(self.url) as admin:
                admin.config_set("key-load-delay", 0)
            self.server.wait_until(lambda: redis_answers(self.port), "Redis")

    def end(self, number: signal.Signals) -> None:
        """End it by this signal; afterwards nothing listens."""
        assert self.server.process is not None
        self.server.process.send_signal(number)
        self.server.process.wait(10)

    def lose_data(self) -> None:
        """Forget all that is on disk, while it is down."""
        for file in self.folder.rglob("*.aof*"):
            file.unlink(missing_ok=True)
        (self.folder / "dump.rdb").unlink(missing_ok=True)


class FollowedTrial(Trial):
    """A deployment whose client waits for its end, as in Jenkins."""

    def enqueue(self) -> str:
        self.out = self.host.folder / f"client-{time.monotonic_ns()}"
        arguments = [sys.executable, "-m", "bluegreen", "deploy", "hello", "--ref", self.ref]
        with ExitStack() as stack:
            out = stack.enter_context(self.out.open("wb"))
            environment = {**os.environ, **self.host.env}
            self.client = subprocess.Popen(arguments, stdout=out, stderr=out, env=environment)
        self.host.wait_until(lambda: self.host.store.holder("hello") is not None)
        holder = self.host.store.holder("hello")
        assert holder is not None
        return holder.id

    def exit_status(self, timeout: float) -> int:
        """How the client ended; it is ended when it does not."""
        try:
            return self.client.wait(timeout)
        finally:
            self.client.kill()
            self.client.wait()

    def shown(self) -> str:
        return self.out.read_text()


def kill_nginx(arena: Arena) -> None:
    """SIGKILL to nginx's master and all its workers; what users had asked it for is lost."""
    arena.loses_requests = True
    host, master = arena.host, nginx_master(arena)
    assert host.nginx.process is not None
    master.suspend()  # or it would start new workers
    for process in [*master.children(), master]:
        process.kill()
    host.nginx.process.wait()
    host.wait_until(lambda: not listens(host.ports["site"]))


def nginx_master(arena: Arena) -> psutil.Process:
    assert arena.host.nginx.process is not None
    return psutil.Process(arena.host.nginx.process.pid)


def thaw(worker: "subprocess.Popen[bytes]") -> None:
    """A frozen worker goes on."""
    os.kill(worker.pid, signal.SIGCONT)


def let(arena: Arena, what: str) -> None:
    """Let what waits for this file (`well`, `let-go`) go on."""
    (arena.host.folder / what).touch()
