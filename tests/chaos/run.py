"""The full run: `python -m tests.chaos.run`, or `make chaos`. Kills the worker at every point, and at random.

Prints a row for each trial and ends with status 1 when a promise did not hold.
"""

import argparse
import itertools
import queue
import random
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bluegreen.deployment.states import Phase
from cli.demo.servers import free_port, redis_answers, redis_server
from tests.chaos.arena import BROKEN, FICKLE, GOES_ON_WITHIN, GOOD, Aborted, Arena, Ending, Start
from tests.chaos.closed import CLOSED, CLOSED_AT, CLOSED_FICKLE, Closed
from tests.chaos.former import RENEWED, RETURNED, Grown
from tests.chaos.held import GIVEN_UP, GIVEN_UP_AT, HELD, LEFT_ALONE, OVER_AT, PROMOTED_AT, Hasty
from tests.chaos.kinds import FromGit, LongBake, Silent
from tests.chaos.looked import DROPPED, DROPPED_AT, LOOKED, OPENED_AT, WithPreview

Kind = Callable[[Path, str], Arena]


@dataclass(frozen=True)
class Trial:
    """What shall happen to one deployment."""

    name: str
    run: Callable[[Arena], Ending]


#: the kills that a full run must come to
FULL = 200
#: seconds that an arena is used for: its load does not go on for ever
LONGEST = 200.0
PLAIN: Kind = Arena
#: those in which one that brings nothing new goes a way of its own
FORMER_PHASES = (Phase.CHECKOUT, Phase.DEPLOY_NEW_VERSION, Phase.CLEANUP_OLD_VERSION)
FORMER_POINTS = (*FORMER_PHASES, "requests: before create", "requests: after create")
WINDOWS: Kind = partial(Arena, windows=True)


def every_point(make: Callable[[Kind], Arena]) -> list[tuple[Kind, Trial]]:
    """A kill at each point of a deployment that succeeds, and of others where they differ from it."""
    with make(PLAIN) as arena:
        trials = [(PLAIN, killing(point, GOOD)) for point in arena.points_of(GOOD)]
        for start, first in ((FICKLE, "verify_traffic: before fail"), (BROKEN, "health_check: before retry")):
            undoing = _from(first, arena.points_of(start))
            trials += [(PLAIN, killing(point, start)) for point in undoing]
    held = ((PLAIN, HELD, PROMOTED_AT), (PLAIN, GIVEN_UP, GIVEN_UP_AT), (Hasty, LEFT_ALONE, OVER_AT))
    held += ((WithPreview, LOOKED, OPENED_AT), (WithPreview, DROPPED, DROPPED_AT))
    trials += [(kind, killing(point, start)) for kind, start, points in held for point in points]
    with make(Grown) as arena:
        for start in (RETURNED, RENEWED):
            points = [point for point in arena.points_of(start) if point.startswith(FORMER_POINTS)]
            trials += [(Grown, killing(point, start)) for point in points]
    trials += [(Closed, killing(point, CLOSED)) for point in CLOSED_AT]
    with make(Closed) as arena:
        undoing = [each for each in arena.points_of(CLOSED_FICKLE) if each.startswith(Phase.RESTORE_TRAFFIC)]
        trials += [(Closed, killing(point, CLOSED_FICKLE)) for point in undoing]
    with make(LongBake) as arena:
        undoing = _from("verify_traffic: before fail", arena.points_of(Aborted))
        trials += [(LongBake, killing(point, Aborted)) for point in undoing]
    with make(Silent) as arena:
        for start, phase in ((GOOD, Phase.SWITCH_TRAFFIC), (FICKLE, Phase.RESTORE_TRAFFIC)):
            turning = [point for point in arena.points_of(start) if point.startswith(phase)]
            trials += [(Silent, killing(point, start)) for point in turning]
    with make(FromGit) as arena:
        of_git = [point for point in arena.points_of(GOOD) if point.endswith(("fetch", "check out", "prune"))]
        trials += [(FromGit, killing(point, GOOD)) for point in of_git]
    return trials


def _from(first: str, points: list[str]) -> list[str]:
    return points[points.index(first) :]


def killing(point: str, start: Start, *then: str) -> Trial:
    """The trial that kills at the point."""
    name = f"{point} (broken)" if start is BROKEN else point
    return Trial(name, lambda arena: arena.kill_at(point, start, *then))


def freezing(point: str, start: Start) -> Trial:
    """The trial that freezes at the point."""
    return Trial(f"frozen {point}", lambda arena: arena.freeze_at(point, start))


def at_random(rng: random.Random) -> Trial:
    """The trial that kills at some moment."""
    seconds, start = rng.uniform(0, 2.5), rng.choice((GOOD, FICKLE))
    return Trial(f"{seconds:.2f} s after the start", lambda arena: arena.kill_after(seconds, start))


TWICE: list[Trial] = [
    killing("switch_traffic: before reload", GOOD, "recovery: after take over"),
    killing("switch_traffic: after replace file", GOOD, "switch_traffic: before reload"),
    killing("switch_traffic: after reload", GOOD, "recovery: before launch"),
    killing("restore_traffic: after replace file", FICKLE, "recovery: before take over"),
    killing("restore_traffic: after reload", FICKLE, "recovery: after launch"),
    killing("deploy_new_version: before commit", GOOD, "deploy_new_version: after begin deploy_new_version"),
    killing("requests: after promote", HELD, "recovery: after take over"),
]
FROZEN: list[Trial] = [
    freezing("switch_traffic: before note retired_by_switch switch_started", GOOD),
    freezing("switch_traffic: before replace file", GOOD),
    freezing("switch_traffic: after reload", GOOD),
    freezing("deploy_new_version: before note started", GOOD),
    freezing("cleanup_old_version: after pass return", GOOD),
    freezing("restore_traffic: before note retired_by_rollback", FICKLE),
]


class Arenas:
    """Makes them, each in a folder of its own, several side by side, each of these on a database of its own."""

    def __init__(self, folder: Path, redis: str) -> None:
        self.folder = folder
        self.redis = redis
        self.numbers = itertools.count()

    def make(self, kind: Kind, lane: int = 0) -> Arena:
        """A new one, in the place of what was in this lane before."""
        return kind(self.folder / str(next(self.numbers)), f"{self.redis}/{lane}")


def run(kind: Kind, trials: list[Trial], parallel: int, arenas: Arenas) -> tuple[list[Ending], list[str]]:
    """The endings, and what went wrong, of all trials, spread over several arenas of a kind."""
    waiting: queue.Queue[Trial] = queue.Queue()
    endings, troubles = list[Ending](), list[str]()
    for trial in trials:
        waiting.put(trial)

    def work(lane: int) -> None:
        while not waiting.empty():
            arena, doing = arenas.make(kind, lane), ["the first deployment"]
            try:
                with arena:
                    until_it_is_old(arena, doing)
            except Exception:
                # The arena may be in any state: the next trial gets a new one.
                troubles.append(f"{doing[-1]}{arena.note}: {traceback.format_exc()[-3000:]}")
                print(troubles[-1], flush=True)

    def until_it_is_old(arena: Arena, doing: list[str]) -> None:
        began = time.monotonic()
        while time.monotonic() < began + LONGEST:
            try:
                trial = waiting.get_nowait()
            except queue.Empty:
                return
            doing.append(trial.name)
            endings.append(trial.run(arena))
            print(f"{len(endings):4} {endings[-1].point}", flush=True)

    lanes = range(1, min(parallel, len(trials)) + 1)
    threads = [threading.Thread(target=work, args=(lane,)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return endings, troubles


def show(endings: list[Ending]) -> None:
    """The table."""
    table = Table("point", "ending", "goes on", "seconds", "requests", "dropped", "take-overs", "switches")
    for each in endings:
        seconds = (f"{each.resumed:.1f}", f"{each.seconds:.1f}")
        table.add_row(
            each.point,
            each.state,
            *seconds,
            *map(str, (each.requests, each.dropped, each.takeovers, each.switches)),
        )
    console = Console(width=160)
    console.print(table)
    console.print(
        f"{kills(endings)} kills, {len(endings)} deployments, "
        f"{sum(each.requests for each in endings)} requests, {sum(each.dropped for each in endings)} dropped; "
        f"seconds from a worker being back until it goes on: {_spread([each.resumed for each in endings])}, "
        f"to the end: {_spread([each.seconds for each in endings])}"
    )


def kills(endings: list[Ending]) -> int:
    return sum(each.kills for each in endings)


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds) or [0.0]
    return f"median {ordered[len(ordered) // 2]:.1f}, longest {ordered[-1]:.1f}"


def shortcomings(endings: list[Ending], is_full: bool) -> list[str]:
    """What no single trial can tell."""
    slow = [
        f"{each.point}: the deployment went on {each.resumed:.1f} s after a worker was back, "
        f"{GOES_ON_WITHIN:g} s are promised"
        for each in endings
        if each.resumed > GOES_ON_WITHIN
    ]
    few = [f"{kills(endings)} kills; a full run comes to {FULL}"] if is_full and kills(endings) < FULL else []
    return slow + few


def main() -> int:
    """Run it all; 0 when every promise held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=120, help="kills at random moments")
    parser.add_argument("--windows", type=int, default=30, help="kills on the loop that Celery uses on Windows")
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--points", type=int, help="of the named points only so many, at random")
    options = parser.parse_args()
    is_full = options.points is None and not any(
        getattr(options, name) < parser.get_default(name) for name in ("random", "windows")
    )
    print(f"seed {options.seed}")
    rng = random.Random(options.seed)
    endings, troubles = list[Ending](), list[str]()
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        (folder / "redis").mkdir()
        with redis_server(folder / "redis", port) as server:
            server.wait_until(lambda: redis_answers(port), "Redis")
            arenas = Arenas(folder, f"redis://127.0.0.1:{port}")
            trials = every_point(arenas.make)
            again = [trial for kind, trial in trials if kind is PLAIN]
            if options.points is not None:
                trials = rng.sample(trials, min(options.points, len(trials)))
            else:
                trials += [(PLAIN, trial) for trial in (*TWICE, *FROZEN)]
            trials += [(PLAIN, at_random(rng)) for _ in range(options.random)]
            trials += [(WINDOWS, trial) for trial in rng.sample(again, min(options.windows, len(again)))]
            rng.shuffle(trials)
            for kind in (PLAIN, Hasty, WithPreview, Grown, LongBake, Silent, FromGit, WINDOWS):
                mine = [trial for of, trial in trials if of is kind]
                more = run(kind, mine, options.parallel, arenas)
                endings += more[0]
                troubles += more[1]
    show(endings)
    for each in (found := shortcomings(endings, is_full)):
        print(each)
    wrong = len(troubles) + len(found)
    print(f"{wrong} things went wrong" if wrong else "every promise held")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
