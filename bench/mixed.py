"""What a cutover costs users of all kinds: `python -m bench.mixed`.

RATE requests a second leave on time whatever becomes of them (bench/mixed_load.py). Meanwhile, again and again,
the other colour is started, the site is switched to it, and once nginx's old workers are gone the old colour is
killed: whatever it still had in hand would be cut.

In each round once by a plain reload, and once our way. Limits of ours: no visit fails, warm-up included; every
drain ends before its time-out; and of the quick requests, all rounds together, the 99th percentile in the WINDOW
from the beginning of each switch is at most RATIO times that in the WINDOW before it.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import benchmark
from bench.mixed_users import Users, Visit
from bench.results import Results
from bench.site import WAYS, Act, Site, site
from cli.demo.servers import Server, free_port, listens
from deployment.states import Color

RATE = 500
SWITCHES = 10
RATIO = 1.5
#: seconds before and after the beginning of a switch
WINDOW = 1.0
#: seconds in which the load comes to speed, and in which a colour that has just been started comes to rest
WARM_UP, CALM = 3.0, 0.5


@dataclass
class Round:
    """What became of the visits, and of the switches: when each began, what it took, whether it drained."""

    visits: Sequence[Visit] = ()
    began: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    undrained: int = 0

    @property
    def failed(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.error]

    def quick(self, after: float, before: float) -> list[float]:
        """Milliseconds of the quick requests that were due between so many seconds after and before a switch."""
        return [
            visit.seconds * 1000
            for visit in self.visits
            if visit.kind == "get" and any(began + after <= visit.due < began + before for began in self.began)
        ]


class Colors:
    """Each a process of its own, on its own port; killed when the `with` block is left."""

    def __init__(self, folder: Path) -> None:
        self.ports = {color: free_port() for color in Color}
        self.servers = {
            color: Server([sys.executable, "-m", "bench.mixed_app", str(port), color], folder / f"{color}.log")
            for color, port in self.ports.items()
        }

    def __enter__(self) -> "Colors":
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers.values():
            server.kill()

    def start(self, color: Color) -> None:
        """Return when it listens."""
        self.servers[color].start()
        self.servers[color].wait_until(lambda: listens(self.ports[color]), color)


def measure(results: Results, rounds: int) -> None:
    """Both ways in each round, each with a load of its own."""
    seen: dict[str, list[Round]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        colors = stack.enter_context(Colors(folder))
        found = stack.enter_context(site(folder / "site", colors.ports))
        colors.start(found.idle)
        found.switch()
        for _ in range(rounds):
            for way, act in WAYS.items():
                seen[way].append(under_load(found, colors, act))
    report(results, seen)


def under_load(found: Site, colors: Colors, act: Act) -> Round:
    """One round of SWITCHES."""
    turn(found, colors, act, Round())  # nginx's settings are of the other way yet
    seen = Round()
    with Users(found.url, RATE) as users:
        time.sleep(WARM_UP)
        for _ in range(SWITCHES):
            turn(found, colors, act, seen)
        seen.visits = users.finish()
    return seen


def turn(found: Site, colors: Colors, act: Act, seen: Round) -> None:
    """One switch, from the start of the new colour to the end of the old."""
    new = found.idle
    colors.start(new)
    time.sleep(CALM + WINDOW)
    seen.began.append(time.monotonic())
    act(found)
    seen.took.append(time.monotonic() - seen.began[-1])
    seen.undrained += not found.drained()
    time.sleep(max(0.0, seen.began[-1] + WINDOW - time.monotonic()))
    colors.servers[new.other].kill()


def percentile(milliseconds: Sequence[float]) -> float:
    """99 % are at most so long."""
    return statistics.quantiles(milliseconds, n=100)[98]


def report(results: Results, seen: Mapping[str, Sequence[Round]]) -> None:
    """The figures, and the limits of our way."""
    windows = {"99 % within, before": (-WINDOW, 0.0), "99 % within, from a switch on": (0.0, WINDOW)}
    for way, rounds in seen.items():
        results.figure(way, "visits", [len(each.visits) for each in rounds])
        results.figure(way, "failed", [len(each.failed) for each in rounds])
        for column, window in windows.items():
            results.figure(way, column, [percentile(each.quick(*window)) for each in rounds], "ms")
        results.figure(way, "a switch", [statistics.median(each.took) * 1000 for each in rounds], "ms")
    ours = seen["bluegreen"]
    before, during = (percentile([one for each in ours for one in each.quick(*w)]) for w in windows.values())
    failed = [visit for each in ours for visit in each.failed]
    for visit in failed[:10]:
        print(visit)
    results.limit("visits failed or cut, of all rounds", len(failed), 0)
    results.limit("drains that ran into their time-out", sum(each.undrained for each in ours), 0)
    results.limit("99 % within, from a switch on / before, all rounds together", during / before, RATIO)


if __name__ == "__main__":
    sys.exit(benchmark.run("mixed", __doc__, measure, rounds=3))
