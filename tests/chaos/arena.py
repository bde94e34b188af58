"""A deploy host whose worker is killed, and what must be true of it afterwards."""

import os
import signal
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from cli.demo.load import is_dropped
from cli.demo.servers import Server
from deployment import keys
from deployment.record import Record
from deployment.states import Color, State
from nginx import render
from tests.chaos import switches
from tests.e2e.host import Host
from tests.e2e.load import Load

MIGRATE = """
[services.hello.migrate]
command = ["sh", "-c", "echo {release} >> migrated"]
"""
#: seconds from a worker being back to the deployment's end
PATIENCE = 60.0


@dataclass
class Ending:
    """One row of the table."""

    point: str
    state: State
    seconds: float
    takeovers: int
    kills: int
    requests: int = 0
    dropped: int = 0
    switches: int = 0


class Arena:
    """A host with one service, a worker that can be killed, and a load on the proxy."""

    def __init__(self, folder: Path, redis_url: str, windows: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.host = Host(folder, redis_url)
        self.host.redis.flushdb()
        # where a test may put programs in the way of the worker's
        self.host.env["PATH"] = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self.configure()
        self.load = Load(f"{self.host.url}/", folder, rate=20)
        self.version = 0
        #: a test kills nginx itself, and with it what it had in hand
        self.loses_requests = False
        if windows:
            (folder / "windows").touch()

    def __enter__(self) -> "Arena":
        with ExitStack() as servers:
            servers.enter_context(self.host)
            self.host.start_nginx()
            self.start_worker()
            status, record = self.host.deploy("v0")
            assert status == 0, record
            servers.enter_context(self.load)
            self._servers = servers.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """No request was dropped, from the first to the last that was answered when all was over."""
        self._servers.close()
        if kind is None and not self.loses_requests:
            assert self.load.dropped() == []

    def configure(self, **changes: Any) -> None:
        """Write bluegreen.toml, with an application that waits for the test where its version says so.

        Its migrations add the version to the file `migrated`.
        """
        self.host.configure(MIGRATE, **{"bake": 0.2, "attempts": 4, "interval": 0.5, **changes})
        file = self.host.folder / "bluegreen.toml"
        ours = f'"{Path(__file__).with_name("app.py")}", "{self.host.folder}"'
        file.write_text(file.read_text().replace('"-m", "cli.demo.app"', ours))

    def start_worker(self) -> Server:
        """A worker that dies where `kill-at` says."""
        return self.host.start_worker("tests.chaos.worker", str(self.host.folder))

    def points_of(self, good: bool) -> list[str]:
        """Every point that a deployment reaches, in order, each once; nothing is killed."""
        seen = self.host.folder / "points"
        seen.write_text("")
        self.host.deploy(self.next_version(good))
        return list(dict.fromkeys(seen.read_text().splitlines()))

    def kill_at(self, point: str, good: bool, *then: str) -> Ending:
        """Deploy a version, good or one that must be rolled back; have the worker killed at the point.

        `then` are points at which its successors are killed.
        """
        self._order(point)
        trial = Trial(self, good)
        self._await_death(point)
        for each in then:
            self._order(each)
            self._await_death(each)
        return trial.end(" then ".join((point, *then)), 1 + len(then))

    def kill_after(self, seconds: float, good: bool) -> Ending:
        """The same, at a moment instead of a point."""
        trial = Trial(self, good)
        time.sleep(seconds)
        self.host.kill_worker()
        self.start_worker()
        return trial.end(f"{seconds:.2f} s after the start", 1)

    def freeze_at(self, point: str, good: bool) -> Ending:
        """The worker stops at the point until another has brought the deployment to its end; then it wakes."""
        self.order_freeze(point)
        trial = Trial(self, good)
        frozen = self.await_freeze()
        self.start_worker()
        ending = trial.end(f"frozen {point}", 0)
        if frozen.poll() is not None:
            # It was frozen with a lock of this host in hand, and ended for it.
            self.host.workers.pop(-2)
            return trial.judged(ending)
        os.kill(frozen.pid, signal.SIGCONT)
        # It says so when it has come to where it may not go on; what it did until then counts as well.
        log = self.host.workers[-2].log
        self.host.wait_until(lambda: f"{trial.identity}: " in log.read_text())  # "belongs to another worker now"
        self.host.kill_worker(-2)
        return trial.judged(ending)

    def order_freeze(self, point: str) -> None:
        """The worker that next reaches the point stops there, as by SIGSTOP."""
        (self.host.folder / "freeze-at").write_text(point)

    def await_freeze(self) -> "subprocess.Popen[bytes]":
        """The newest worker, stopped at its point."""
        worker = self.host.workers[-1].process
        assert worker is not None
        stopped = psutil.Process(worker.pid)
        self.host.wait_until(lambda: stopped.status() == psutil.STATUS_STOPPED)
        return worker

    def _order(self, point: str) -> None:
        (self.host.folder / "kill-at").write_text(point)

    def _await_death(self, point: str) -> None:
        worker = self.host.workers[-1].process
        assert worker is not None
        assert worker.wait(30) == -signal.SIGKILL, f"not killed at {point}\n{self.host.worker_log()}"
        self.host.workers.pop()
        self.start_worker()

    def next_version(self, good: bool, word: str = "") -> str:
        self.version += 1
        return "-".join(filter(None, (f"v{self.version}", word, "" if good else "fickle")))


class Trial:
    """One deployment that something happens to."""

    def __init__(self, arena: Arena, good: bool = True, word: str = "") -> None:
        self.arena = arena
        self.host = arena.host
        self.before = self.host.answer()
        self.ref = arena.next_version(good, word)
        self.seen = len(arena.load.lines())
        self.sights = len(switches.read(self.host.folder))
        self.expected = self.ref if good else self.before["version"]
        self.identity = self.enqueue()

    def enqueue(self) -> str:
        """Have the client ask for it; the deployment's id."""
        enqueued = self.host.bluegreen("deploy", "hello", "--ref", self.ref, "--detach")
        assert enqueued.returncode == 0, enqueued.stderr
        return enqueued.stdout.strip()

    def ended(self) -> Record:
        """The record, once it is final."""
        self.host.wait_until(lambda: self.host.record(self.identity).state.final, PATIENCE)
        return self.host.record(self.identity)

    def end(self, point: str, kills: int) -> Ending:
        """Wait for the final state and check the promises."""
        back = time.monotonic()
        record = self.ended()
        seconds = time.monotonic() - back
        takeovers = sum(entry.takeovers for entry in record.phases)
        return self.judged(Ending(point, record.state, seconds, takeovers, kills))

    def judged(self, ending: Ending) -> Ending:
        """Check the promises as of now; the ending, with what became of the requests and the traffic until now."""
        self.check(self.host.record(self.identity))
        lines = self.arena.load.lines()[self.seen :]
        assert lines, f"{ending.point}: there was no load"
        dropped = [line for line in lines if is_dropped(line)]
        assert not dropped, f"{ending.point}: {dropped}\n{self.host.worker_log()}"
        return replace(ending, requests=len(lines), dropped=len(dropped), switches=self.switches())

    def switches(self) -> int:
        """How often it has turned the traffic so far; twice to the same colour is an error."""
        return switches.count(switches.read(self.host.folder)[self.sights :], Color(self.before["color"]))

    def check(self, record: Record) -> None:
        """The promises that hold after any ending."""
        told = f"{record}\n{self.host.worker_log()}"
        assert record.state in (State.SUCCEEDED, State.ROLLED_BACK, State.ABORTED), told
        live = record.to_color if record.state is State.SUCCEEDED else Color(self.before["color"])
        assert live is not None, told
        expected = self.expected if record.state is State.SUCCEEDED else self.before["version"]
        assert self.host.answer() == {"color": live, "version": expected}, told
        content = render.parse((self.host.folder / "conf.d" / "app.inc").read_text())
        assert content is not None and content.color is live, told
        assert not self.host.is_running(live.other), f"the idle colour still runs\n{told}"
        assert self.host.store.holder("hello") is None, told
        assert not self.host.redis.exists(keys.lease(record.id)), told
        turned = self.switches()
        assert record.state is not State.SUCCEEDED or turned == 1, f"{turned} switches\n{told}"
