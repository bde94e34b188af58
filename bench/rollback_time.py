"""How soon the old release serves again: `python -m bench.rollback_time`, on a machine with Docker.

The site of bench/small. From the start of the command `bluegreen rollback`, and from when it has asked (the
command takes a while to start), until the proxy answers with the old version: once the old colour has been
stopped, and while it still runs, in the bake of what replaces it. Exit status 0 when both are within their limits.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import results
from bench.deployment_time import BLUEGREEN, OurSite
from deployment import events, probe
from deployment.connection import connect
from deployment.states import Phase
from deployment.store import Store

#: seconds, from the start of the command
STOPPED, RUNNING = 1.5, 0.5


class Rollbacks:
    """The site, and what its deployments have come to."""

    def __init__(self, site: OurSite) -> None:
        self.site = site
        self.redis = connect(site.env["BLUEGREEN_REDIS_URL"])
        self.store = Store(self.redis)

    def stopped(self) -> tuple[float, float]:
        """Of a release that has ended: seconds from the command, and from its request."""
        self.site.deploy()
        return self._roll_back("queued")

    def running(self) -> tuple[float, float]:
        """Of one that is still in its bake: the same."""
        command = [BLUEGREEN, "deploy", self.site.name, "--detach"]
        subprocess.run(command, env=self.site.env, check=True, capture_output=True)
        while (holder := self.store.holder(self.site.name)) is None or not holder.phase_record(
            Phase.VERIFY_TRAFFIC
        ):
            time.sleep(0.01)
        return self._roll_back("abort")

    def _roll_back(self, kind: str) -> tuple[float, float]:
        before, began = self._answer(), time.time()
        command = [BLUEGREEN, "rollback", self.site.name]
        with subprocess.Popen(command, env=self.site.env, stdout=subprocess.DEVNULL) as rollback:
            while self._answer() == before:
                time.sleep(0.002)
            served = time.time()
            assert rollback.wait(60) == 0
        last = self.store.history(self.site.name)[-1]
        asked = next(each.time for each in events.read(self.redis, last.id) if each.kind == kind)
        return served - began, served - asked.timestamp()

    def _answer(self) -> str:
        return probe.get(f"http://127.0.0.1:{self.site.ports['PROXY_PORT']}/", 5).body


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bluegreen-bench") as folder:
        site = OurSite(Path(folder) / "site", "bgbench-rollback")
        with site:
            rollbacks = Rollbacks(site)
            site.deploy()
            stopped = [rollbacks.stopped() for _ in range(options.rounds)]
            site.configure("bake.seconds = 0", "bake.seconds = 30")
            running = [rollbacks.running() for _ in range(options.rounds)]
    shown = {
        "bluegreen, stopped, from the command": stopped,
        "bluegreen, stopped, from its request": [each[::-1] for each in stopped],
        "bluegreen, running, from the command": running,
        "bluegreen, running, from its request": [each[::-1] for each in running],
    }
    results.keep(
        "rollback_time", {what: results.spread([each[0] for each in took]) for what, took in shown.items()}
    )
    return max(report("stopped", stopped, STOPPED), report("still running", running, RUNNING))


def report(what: str, took: list[tuple[float, float]], limit: float) -> int:
    """Print it; the exit status."""
    whole, asked = ([each[number] for each in took] for number in (0, 1))
    for since, seconds in (("from the command", whole), ("from its request", asked)):
        spread = f"({min(seconds):.2f} to {max(seconds):.2f})"
        print(f"old colour {what:14} {since:17} median {statistics.median(seconds):.2f} s {spread}")
    print(f"should be {limit} s")
    return int(statistics.median(whole) > limit)


if __name__ == "__main__":
    sys.exit(main())
