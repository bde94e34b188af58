"""A deploy host whose worker is killed, and what must be true of it afterwards."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from bluegreen.deployment.event import EventKind
from bluegreen.deployment.record import Deployment, now
from bluegreen.deployment.states import Color, Phase, PhaseState, State
from bluegreen.store import events, keys
from cli.demo import app
from cli.demo.load import is_dropped
from cli.demo.servers import Server
from nginx.file.marker import parse
from tests.chaos import switches
from tests.e2e.host import Host
from tests.e2e.load import Load

MIGRATE = """
[services.hello.migrate]
command = ["sh", "-c", "echo {release} >> migrated"]
"""
#: nothing that they are killed in may be taken for done
HOOKS = """
[[services.hello.hooks]]
at = "before_migrate"
command = ["sh", "-c", "! grep -q '^{release}$' migrated"]
[[services.hello.hooks]]
at = "before_switch"
command = ["true"]
[[services.hello.hooks]]
at = "after_switch"
command = ["true"]
[[services.hello.checks]]
path = "/health"
"""
#: seconds from a worker being back to the deployment's end
PATIENCE = 60.0
#: seconds from a worker being back until the deployment goes on
GOES_ON_WITHIN = 15.0

#: kinds of events that a sweep writes in a dead worker's place
TAKEN_OVER = (EventKind.WORKER_LOST, EventKind.MESSAGE_LOST)


@dataclass
class Ending:
    """One row of the table; the seconds count from a worker being back."""

    point: str
    state: State
    resumed: float
    seconds: float
    takeovers: int
    kills: int
    requests: int = 0
    dropped: int = 0
    switches: int = 0


class Arena:
    """A host with one service, a worker that can be killed, and a load on the proxy."""

    #: what a row of the table says of this kind of host
    note = ""
    kind_of_host = Host

    def __init__(self, folder: Path, redis_url: str, windows: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.host = self.kind_of_host(folder, redis_url)
        self.host.redis.flushdb()
        # where a test may put programs in the way of the worker's
        self.host.env["PATH"] = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self.configure()
        self.load = Load(f"{self.host.url}/", folder, rate=20)
        self.version = 0
        #: when the worker was last lost, and when there was one again
        self.died = self.back = now()
        #: a test kills nginx itself, and with it what it had in hand
        self.loses_requests = False
        if windows:
            (folder / "windows").touch()
            self.note = " (the loop of Windows)"

    def __enter__(self) -> "Arena":
        with ExitStack() as servers:
            servers.enter_context(self.host)
            self.host.start_nginx()
            self.start_worker()
            status, deployment = self.host.deploy("v0")
            assert status == 0, deployment
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
        self.host.configure(MIGRATE + HOOKS, **{"bake": 0.2, "attempts": 4, "interval": 0.5, **changes})
        file = self.host.folder / "bluegreen.toml"
        ours = f'"{Path(__file__).with_name("app.py")}", "{self.host.folder}"'
        text, theirs = file.read_text(), f'"{app.__file__}"'
        assert theirs in text
        file.write_text(text.replace(theirs, ours))

    def start_worker(self) -> Server:
        """A worker that dies where `kill-at` says."""
        return self.host.start_worker("tests.chaos.worker", str(self.host.folder))

    def start_successor(self) -> None:
        """A worker in place of one that has just died or frozen."""
        self.died = now()
        self.start_worker()
        self.back = now()

    def points_of(self, start: "Start") -> list[str]:
        """Every point that such a deployment reaches, in order, each once; nothing is killed."""
        seen = self.host.folder / "points"
        seen.write_text("")
        trial = start(self)
        trial.check(trial.ended())
        return list(dict.fromkeys(seen.read_text().splitlines()))

    def kill_at(self, point: str, start: "Start", *then: str) -> Ending:
        """Have a deployment started, and the worker killed at the point.

        `then` are points at which its successors are killed.
        """
        self.order_kill(point)
        # A worker that dies before it has answered keeps the client waiting for the next one.
        with ThreadPoolExecutor(1) as pool:
            started = pool.submit(start, self)
            self.await_death(point)
            trial = started.result()
        for each in then:
            self.order_kill(each)
            self.await_death(each)
        return trial.end(" then ".join((point, *then)), 1 + len(then))

    def kill_after(self, seconds: float, start: "Start") -> Ending:
        """The same, at a moment instead of a point."""
        trial = start(self)
        time.sleep(seconds)
        self.host.kill_worker()
        self.start_successor()
        return trial.end(f"{seconds:.2f} s after the start", 1)

    def freeze_at(self, point: str, start: "Start") -> Ending:
        """The worker stops at the point until another has brought the deployment to its end; then it wakes."""
        self.order_freeze(point)
        trial = start(self)
        frozen = self.await_freeze()
        self.start_successor()
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

    def order_kill(self, point: str) -> None:
        """The worker that next reaches the point is killed there."""
        (self.host.folder / "kill-at").write_text(point)

    def await_death(self, point: str) -> None:
        """Return once it was, and another one runs."""
        worker = self.host.workers[-1].process
        assert worker is not None
        assert worker.wait(30) == -signal.SIGKILL, f"not killed at {point}\n{self.host.worker_log()}"
        self.host.workers.pop()
        self.start_successor()

    def next_version(self, good: bool, word: str = "") -> str:
        self.version += 1
        return "-".join(filter(None, (f"v{self.version}", word, "" if good else "fickle")))


class Trial:
    """One deployment that something happens to; a good version gets live, any other is rolled back."""

    def __init__(self, arena: Arena, good: bool = True, word: str = "") -> None:
        self.arena = arena
        self.host = arena.host
        self.before = self.host.answer()
        self.ref = arena.next_version(good, word)
        self.note = (f" ({word})" if word else "") + arena.note
        self.seen = len(arena.load.lines())
        self.observations = len(switches.read(self.host.folder))
        self.written = switches.written(self.host.folder)
        self.ending = State.SUCCEEDED if good else State.ROLLED_BACK
        self.identity = self.enqueue()

    def enqueue(self) -> str:
        """Have the client ask for it; the deployment's id."""
        enqueued = self.host.bluegreen("deploy", "hello", "--ref", self.ref, "--detach")
        assert enqueued.returncode == 0, enqueued.stderr
        return enqueued.stdout.strip()

    def ended(self) -> Deployment:
        """The record, once it is final."""
        self.host.wait_until(lambda: self.host.deployment(self.identity).state.final, PATIENCE)
        return self.host.deployment(self.identity)

    def end(self, point: str, kills: int) -> Ending:
        """Wait for the final state and check the promises."""
        back = time.monotonic()
        deployment = self.ended()
        assert deployment.state is self.ending, f"{point}: {deployment}\n{self.host.worker_log()}"
        seconds = time.monotonic() - back
        takeovers = sum(entry.takeovers for entry in deployment.phases)
        return self.judged(Ending(point + self.note, deployment.state, self.resumed(), seconds, takeovers, kills))

    def resumed(self) -> float:
        """Seconds from a worker being back until it had gone on with this deployment, where it had to."""
        progress = (
            each.time for each in events.read(self.host.redis, self.identity) if each.kind not in TAKEN_OVER
        )
        first = next((moment for moment in progress if moment > self.arena.died), self.arena.back)
        return max(0.0, (first - self.arena.back).total_seconds())

    def judged(self, ending: Ending) -> Ending:
        """Check the promises as of now; the ending, with what became of the requests and the traffic until now."""
        self.check(self.host.deployment(self.identity))
        lines = self.arena.load.lines()[self.seen :]
        assert lines, f"{ending.point}: there was no load"
        dropped = [line for line in lines if is_dropped(line)]
        assert not dropped, f"{ending.point}: {dropped}\n{self.host.worker_log()}"
        return replace(ending, requests=len(lines), dropped=len(dropped), switches=self.switches())

    def switches(self) -> int:
        """How often it has turned the traffic so far; twice to the same colour is an error."""
        observations = switches.read(self.host.folder)[self.observations :]
        return switches.count(observations, Color(self.before["color"]), self.written)

    def check(self, deployment: Deployment) -> None:
        """The promises that hold after any ending."""
        told = f"{deployment}\n{self.host.worker_log()}"
        assert deployment.state in (State.SUCCEEDED, State.ROLLED_BACK, State.ABORTED), told
        live = deployment.to_color if deployment.state is State.SUCCEEDED else Color(self.before["color"])
        assert live is not None, told
        expected = self.before["version"]
        if deployment.state is State.SUCCEEDED:
            assert deployment.release is not None and deployment.release.ref == self.ref, told
            expected = deployment.release.name
        assert self.host.answer() == {"color": live, "version": expected}, told
        content = parse((self.host.folder / "conf.d" / "app.inc").read_text())
        assert content is not None and content.color is live, told
        assert not self.host.is_running(live.other), f"the idle colour still runs\n{told}"
        assert self.host.store.holder("hello") is None, told
        assert not self.host.redis.exists(keys.lease(deployment.id)), told
        turned = self.switches()
        assert deployment.state is not State.SUCCEEDED or turned == 1, f"{turned} switches\n{told}"


class Aborted(Trial):
    """A good version, given up while it bakes; the bake must be long enough for that."""

    def enqueue(self) -> str:
        self.ending = State.ABORTED
        identity = super().enqueue()
        self.host.wait_until(lambda: self.host.phase_state(identity, Phase.VERIFY_TRAFFIC) is PhaseState.RUNNING)
        assert self.host.store.request_abort(identity, "a test")
        return identity


#: has a deployment asked for
Start = Callable[[Arena], Trial]
GOOD: Start = Trial
#: one that does not hold once it serves, and one that never gets so far
FICKLE: Start = partial(Trial, good=False)
BROKEN: Start = partial(Trial, good=False, word="broken")
