"""All that may happen to a deploy host, in any order: the site must answer, and all must come to an end."""

import os
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color, State
from nginx.file.marker import parse
from tests.chaos import switches
from tests.chaos.arena import PATIENCE, Arena


class HostMachine(RuleBasedStateMachine):
    """A host with v0 live; `redis_url` is set by who runs it."""

    redis_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.servers = ExitStack()
        self.arena: Arena | None = None
        self.frozen = False

    @initialize()
    def begin(self) -> None:
        folder = self.servers.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        self.arena = self.servers.enter_context(Arena(Path(folder), self.redis_url))
        self.host = self.arena.host

    @precondition(lambda self: self.is_idle() and self.has_announced_worker())
    @rule(good=strategies.booleans(), hold=strategies.booleans())
    def deploy(self, good: bool, hold: bool) -> None:
        assert self.arena is not None
        more = ["--hold"] if hold else []
        ended = self.host.bluegreen("deploy", "hello", "--ref", self.arena.next_version(good), "--detach", *more)
        assert ended.returncode == 0, ended.stderr

    @precondition(lambda self: self.is_waiting() and self.has_announced_worker())
    @rule()
    def promote(self) -> None:
        """Refused when it does not wait any more, or its worker has just died."""
        assert self.host.bluegreen("promote", "hello").returncode in (0, 2)

    @precondition(lambda self: self.is_idle() and self.has_announced_worker() and self.can_roll_back())
    @rule()
    def rollback(self) -> None:
        ended = self.host.bluegreen("rollback", "hello", "--detach")
        assert ended.returncode == 0, ended.stderr

    @precondition(lambda self: not self.is_idle())
    @rule()
    def abort(self) -> None:
        """Refused when it is past return or turning back already."""
        if holder := self.holder():
            self.host.store.request_abort(holder.id, "a test")

    @precondition(lambda self: self.host.workers)
    @rule()
    def kill_worker(self) -> None:
        self.host.kill_worker()
        self.frozen = False

    @precondition(lambda self: self.host.workers and not self.frozen)
    @rule()
    def freeze_worker(self) -> None:
        self._signal(signal.SIGSTOP)
        self.frozen = True

    @precondition(lambda self: self.frozen)
    @rule()
    def thaw_worker(self) -> None:
        self._signal(signal.SIGCONT)
        self.frozen = False

    @precondition(lambda self: not self.host.workers)
    @rule()
    def start_worker(self) -> None:
        assert self.arena is not None
        self.arena.start_worker()

    @precondition(lambda self: not self.is_idle())
    @rule(seconds=strategies.floats(0, 2))
    def go_on(self, seconds: float) -> None:
        """Let it run for a moment, or to its end."""
        time.sleep(seconds)

    @invariant()
    def the_site_answers_with_what_is_live_or_on_its_way(self) -> None:
        if self.arena is None:
            return
        before = self.expected()
        answer = self.host.answer()
        assert answer["version"] in before | self.expected(), f"{answer} {before}\n{self.host.worker_log()}"

    def teardown(self) -> None:
        """Everything comes to its end once there is a worker, and the promises hold."""
        try:
            if self.arena is not None:
                self.come_to_an_end()
        finally:
            self.servers.close()

    def come_to_an_end(self) -> None:
        assert self.arena is not None
        if self.frozen:
            self.thaw_worker()
        if not self.host.workers:
            self.start_worker()
        self.host.wait_until(lambda: self.is_idle() or self.is_waiting(), PATIENCE)
        if self.is_waiting():
            self.promote()
        self.host.wait_until(self.is_idle, PATIENCE)
        told = f"{self.host.store.history('hello')}\n{self.host.worker_log()}"
        assert all(deployment.state.final for deployment in self.host.store.history("hello")), told
        assert not self.host.redis.keys("bluegreen:deployment:*:alive"), told
        live = self.host.store.live("hello")
        content = parse((self.host.folder / "conf.d" / "app.inc").read_text())
        assert live is not None and content is not None and content.color is live.to_color, told
        assert self.host.answer()["version"] == _version(live), told
        assert [color for color in Color if self.host.is_running(color)] == [live.to_color], told
        assert self.arena.load.dropped() == [], told
        self.count_switches()

    def count_switches(self) -> None:
        """What was done to the proxy after the end of a deployment counts as its own."""
        observations, written = switches.read(self.host.folder), None
        history = self.host.store.history("hello")
        begun = [deployment.requested_at.timestamp() for deployment in history]
        for deployment, since, until in zip(history, begun, [*begun[1:], time.time()], strict=True):
            mine = [each for each in observations if since <= each.time < until]
            turned = switches.count(mine, deployment.from_color, written)
            assert turned == 1 or deployment.state is not State.SUCCEEDED, f"{deployment}\n{mine}"
            written = mine[-1].color if mine else written

    def holder(self) -> Deployment | None:
        return self.host.store.holder("hello")

    def is_idle(self) -> bool:
        return self.arena is not None and self.holder() is None

    def is_waiting(self) -> bool:
        holder = self.holder() if self.arena is not None else None
        return holder is not None and holder.state is State.AWAITING_PROMOTION

    def has_announced_worker(self) -> bool:
        return bool(self.host.redis.hlen("bluegreen:hosts"))

    def can_roll_back(self) -> bool:
        live = self.host.store.live("hello")
        return live is not None and live.from_release is not None

    def expected(self) -> set[str]:
        """What is live, and what is under way: it serves for a moment even where it is rolled back then."""
        live, last = self.host.store.live("hello"), self.host.store.history("hello")[-1]
        return {
            _version(deployment)
            for deployment in (live, last)
            if deployment and (deployment is live or not deployment.state.final)
        }

    def _signal(self, number: signal.Signals) -> None:
        worker = self.host.workers[-1].process
        if worker is not None and psutil.pid_exists(worker.pid):
            os.kill(worker.pid, number)


def _version(deployment: Deployment) -> str:
    return deployment.release.name if deployment.release else deployment.ref or ""
