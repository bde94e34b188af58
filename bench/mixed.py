"""What a cutover costs users of all kinds: `python -m bench.mixed`.

RATE requests a second leave on time whatever becomes of them (bench/mixed_load.py). Meanwhile, again and again,
the other colour is started and warmed up, the site is switched to it, and once nginx's old workers are gone the
old colour is killed: whatever it still had in hand would be cut.

In each round once by a plain reload, and once our way. Limits of ours: no visit fails, warm-up included; every
drain ends before its time-out; and of the quick requests the 99th percentile during a cutover, which is from the
beginning of the switch to the end of the drain, is at most RATIO times that in the WINDOW before it (the median of
the rounds). That of the first WINDOW of a cutover is told apart, and the ratio for kept connections alone: each of
them is followed by a new one after a reload, whoever reloads. Cutovers that other guests of the host disturb are
set aside for the percentiles (bench/calm.py), not for the first two limits.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import benchmark
from bench.calm import Watch, calmest
from bench.mixed_colors import Colors
from bench.mixed_round import KEPT, WINDOW, Cutover, Round
from bench.mixed_users import Users
from bench.results import Results
from bench.site import WAYS, Act, Site, site

RATE = 500
SWITCHES = 10
RATIO = 1.5
#: seconds in which the load comes to speed, and in which a colour that has just been started comes to rest
WARM_UP, REST = 3.0, 0.5


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
    """One round, until SWITCHES were calm."""
    turn(found, colors, act, Round())  # nginx's settings are of the other way yet
    seen = Round()
    with Users(found.url, RATE) as users:
        time.sleep(WARM_UP)
        seen.calm = calmest(lambda: turn(found, colors, act, seen), SWITCHES)
        seen.visits = users.finish()
    return seen


def turn(found: Site, colors: Colors, act: Act, seen: Round) -> Cutover:
    """One switch, from the start of the new colour to the end of the old."""
    new = found.idle
    found.look()
    colors.start(new)
    time.sleep(REST)
    watch = Watch()
    time.sleep(WINDOW)
    began = time.monotonic()
    act(found)
    switched = time.monotonic()
    drained = found.drained()
    cutover = Cutover(began, switched, time.monotonic(), drained, watch.taken())
    seen.cutovers.append(cutover)
    time.sleep(max(0.0, began + WINDOW - time.monotonic()))
    colors.servers[new.other].kill()
    return cutover


def report(results: Results, seen: Mapping[str, Sequence[Round]]) -> None:
    """The figures, and the limits of our way."""
    for way, rounds in seen.items():
        results.figure(way, "visits", [len(each.visits) for each in rounds])
        results.figure(way, "failed", [len(each.failed) for each in rounds])
        results.figure(way, "a switch", [_median_took(each) for each in rounds], "ms")
        results.figure(way, "99 % within, before", [each.before() for each in rounds], "ms")
        results.figure(way, "in the first second", [each.at_first() for each in rounds], "ms")
        results.figure(way, "during the cutover", [each.during() for each in rounds], "ms")
        results.figure(way, "during / before", [each.ratio() for each in rounds])
        results.figure(way, "of kept ones alone", [each.ratio(KEPT) for each in rounds])
        results.figure(way, "taken by other guests", [_mean_taken(each) for each in rounds], "%")
    ours = seen["bluegreen"]
    failed = [visit for each in ours for visit in each.failed]
    for visit in failed[:10]:
        print(visit)
    undrained = sum(not cutover.drained for each in ours for cutover in each.cutovers)
    results.limit("visits failed or cut, of all rounds", len(failed), 0)
    results.limit("drains that ran into their time-out", undrained, 0)
    ratio = statistics.median(each.ratio() for each in ours)
    results.limit("99 % within, during a cutover / before", ratio, RATIO)


def _median_took(seen: Round) -> float:
    return statistics.median(each.switched - each.began for each in seen.calm) * 1000


def _mean_taken(seen: Round) -> float:
    return statistics.fmean(each.taken for each in seen.calm)


if __name__ == "__main__":
    sys.exit(benchmark.run("mixed", __doc__, measure, rounds=5))
