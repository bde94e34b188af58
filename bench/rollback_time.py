"""How soon the old release serves again: `python -m bench.rollback_time`, on a machine with Docker.

The site of bench/small. The clock runs from the start of the command `bluegreen rollback` (and, told apart, from
when it has asked: it takes a while to start) until the proxy answers 200 with the body that the old release had.
In three cases: the old colour has been stopped; it still has a request to answer, for which the deployment waits;
it is kept running in the bake of what replaces it. Rollbacks that other guests of the host disturb are set aside
(bench/calm.py).

Limits, from the command on: STOPPED and RUNNING seconds.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread

from bench import benchmark
from bench.calm import Watch, calmest
from bench.results import Results
from bench.small_site import BLUEGREEN, OurSite
from bluegreen.deployment.event import EventKind
from bluegreen.deployment.states import Phase
from bluegreen.store import events
from bluegreen.store.connection import connect
from bluegreen.store.deployments import Store

STOPPED, RUNNING = 1.5, 0.5
#: seconds between two looks at what the proxy answers: it shall not be kept busy by them
LOOK = 0.005
#: seconds for a deployment to come so far, or for a rollback
TIMEOUT = 30.0
#: seconds without an answer of the old release: nginx's old workers may give one for 0.1 s after a reload
SETTLED = 0.2
NO_BAKE, BAKE = "bake.seconds = 0", "bake.seconds = 30"


@dataclass(frozen=True)
class Took:
    """Seconds from the command, and from its request; percent that other guests of the host took meanwhile."""

    command: float
    request: float
    taken: float


class Rollbacks:
    """The site, and what its deployments have come to."""

    def __init__(self, site: OurSite) -> None:
        self.site = site
        self.redis = connect(site.env["BLUEGREEN_REDIS_URL"])
        self.store = Store(self.redis).home(site.name)

    def __enter__(self) -> "Rollbacks":
        return self

    def __exit__(self, *_: object) -> None:
        self.redis.close()

    def stopped(self) -> Took:
        """The deployment has ended: the old colour is kept, stopped."""
        old = self.site.answer()
        self.site.deploy()
        return self._roll_back(old, EventKind.QUEUED)

    def draining(self) -> Took:
        """It waits for a request that the old colour has in hand. Raises RuntimeError when that is cut."""
        with self._in_flight() as old:
            self._deploy_up_to(Phase.CLEANUP_OLD_VERSION)
            return self._roll_back(old, EventKind.ABORT_REQUESTED)

    def baking(self) -> Took:
        """It is in its bake: the old colour is kept running."""
        old = self.site.answer()
        self.site.configure(NO_BAKE, BAKE)
        try:
            self._deploy_up_to(Phase.VERIFY_TRAFFIC)
            return self._roll_back(old, EventKind.ABORT_REQUESTED)
        finally:
            self.site.configure(BAKE, NO_BAKE)

    def _deploy_up_to(self, phase: Phase) -> None:
        command = [BLUEGREEN, "deploy", self.site.name, "--detach"]
        subprocess.run(command, env=self.site.env, check=True, capture_output=True, timeout=TIMEOUT)
        deadline = time.monotonic() + TIMEOUT
        while (holder := self.store.holder(self.site.name)) is None or not holder.phase_record(phase):
            if time.monotonic() > deadline:
                raise RuntimeError(f"no deployment came to {phase}")
            time.sleep(0.01)

    def _roll_back(self, old: str, kind: EventKind) -> Took:
        """`kind`: of the event that is written once the request is taken."""
        self._await_new_release(old)
        watch, began, command = Watch(), time.time(), [BLUEGREEN, "rollback", self.site.name]
        with subprocess.Popen(command, env=self.site.env, stdout=subprocess.DEVNULL) as rollback:
            while self.site.answer() != old:
                if time.time() > began + TIMEOUT:
                    raise RuntimeError(f"{old!r} does not serve again")
                time.sleep(LOOK)
            served, taken = time.time(), watch.taken()
            if rollback.wait(TIMEOUT) != 0:
                raise RuntimeError(f"bluegreen rollback ended with {rollback.returncode}")
        last = self.store.history(self.site.name)[-1]
        asked = next(each.time for each in events.read(self.redis, last.id) if each.kind == kind)
        return Took(served - began, served - asked.timestamp(), taken)

    def _await_new_release(self, old: str) -> None:
        """Until it alone has answered for SETTLED: nginx's old workers answer beside the new ones for a moment."""
        deadline, since = time.time() + TIMEOUT, time.time()
        while time.time() < since + SETTLED:
            if self.site.answer() == old:
                since = time.time()
            if time.time() > deadline:
                raise RuntimeError("the new release does not serve yet")
            time.sleep(LOOK)

    @contextmanager
    def _in_flight(self) -> Iterator[str]:
        """What the live colour answers, while it has a request of some seconds in hand."""
        answers, old = list[str](), self.site.answer()
        asking = Thread(target=lambda: answers.append(self.site.answer("/slow")))
        asking.start()
        yield old
        asking.join()
        if answers != [old]:
            raise RuntimeError(f"the request in flight was cut: {answers}")


CASES: dict[str, tuple[Callable[[Rollbacks], Took], float]] = {
    "stopped": (Rollbacks.stopped, STOPPED),
    "still draining": (Rollbacks.draining, RUNNING),
    "kept running in the bake": (Rollbacks.baking, RUNNING),
}


def measure(results: Results, rounds: int) -> None:
    """The three cases, one after the other."""
    took: dict[str, list[Took]] = {}
    with tempfile.TemporaryDirectory(prefix="bluegreen-bench") as name, ExitStack() as stack:
        site = stack.enter_context(OurSite(Path(name) / "site", "bgbench-rollback"))
        rollbacks = stack.enter_context(Rollbacks(site))
        site.deploy()
        site.deploy()  # a container that is made for the first time takes longer
        for case, (act, _limit) in CASES.items():
            took[case] = calmest(partial(act, rollbacks), rounds)
    report(results, took)


def report(results: Results, took: dict[str, list[Took]]) -> None:
    """The figures and the limits."""
    for case, (_, limit) in CASES.items():
        row = f"bluegreen, {case}"
        figure = results.figure(row, "from the command", [each.command for each in took[case]], "s")
        results.figure(row, "from its request", [each.request for each in took[case]], "s")
        results.figure(row, "taken by other guests", [each.taken for each in took[case]], "%")
        results.limit(f"from the command, old colour {case}: s", figure.median, limit)


if __name__ == "__main__":
    sys.exit(benchmark.run("rollback_time", __doc__, measure, rounds=7))
