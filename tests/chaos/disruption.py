"""What surrounds a deployment, and how a test takes it away and brings it back."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import psutil

from cli.demo.servers import listens
from tests.chaos.arena import Arena, Trial


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
