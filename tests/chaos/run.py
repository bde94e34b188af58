"""The full run: `python -m tests.chaos.run`, or `make chaos`. Kills the worker at every point, and at random.

Prints a row for each trial and ends with status 1 when a promise did not hold.
"""

import argparse
import queue
import random
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cli.demo.servers import free_port, listens, redis_server
from tests.chaos.arena import Arena, Ending

Trial = Callable[[Arena], Ending]


def every_point(arena: Arena) -> list[Trial]:
    """A kill at each point of a deployment that succeeds, and of one that is rolled back."""
    forward, backward = arena.points_of(True), arena.points_of(False)
    undoing = backward[backward.index("verify_traffic: before fail") :]
    return [killing(point, True) for point in forward] + [killing(point, False) for point in undoing]


def killing(point: str, good: bool, *then: str) -> Trial:
    """The trial that kills at the point."""
    return lambda arena: arena.kill_at(point, good, *then)


def freezing(point: str, good: bool) -> Trial:
    """The trial that freezes at the point."""
    return lambda arena: arena.freeze_at(point, good)


def at_random(rng: random.Random) -> Trial:
    """The trial that kills at some moment."""
    seconds, good = rng.uniform(0, 2.5), rng.random() < 0.5
    return lambda arena: arena.kill_after(seconds, good)


TWICE: list[Trial] = [
    killing("switch_traffic: before reload", True, "recovery: after take over"),
    killing("switch_traffic: after replace file", True, "switch_traffic: before reload"),
    killing("restore_traffic: after replace file", False, "recovery: before take over"),
    killing("deploy_new_version: before commit", True, "deploy_new_version: after begin deploy_new_version"),
]
FROZEN: list[Trial] = [
    freezing("switch_traffic: before note old_workers", True),
    freezing("switch_traffic: before replace file", True),
    freezing("switch_traffic: after reload", True),
    freezing("deploy_new_version: before note started", True),
    freezing("cleanup_old_version: after pass return", True),
    freezing("restore_traffic: before note old_workers", False),
]


def run(
    trials: list[Trial], parallel: int, windows: bool, folder: Path, redis: str
) -> tuple[list[Ending], list[str]]:
    """The endings, and what went wrong, of all trials, spread over several arenas."""
    waiting: queue.Queue[Trial] = queue.Queue()
    endings, troubles = list[Ending](), list[str]()
    for trial in trials:
        waiting.put(trial)

    def work(number: int) -> None:
        while not waiting.empty():
            try:
                with Arena(
                    folder / f"{number}-{windows}-{waiting.qsize()}", f"{redis}/{number}", windows
                ) as arena:
                    while True:
                        endings.append(waiting.get_nowait()(arena))
                        print(f"{len(endings):4} {endings[-1].point}", flush=True)
            except queue.Empty:
                return
            except Exception:
                # The arena may be in any state: the next trial gets a new one.
                troubles.append(traceback.format_exc())
                print(troubles[-1][-3000:], flush=True)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, parallel + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return endings, troubles


def show(endings: list[Ending]) -> None:
    """The table."""
    table = Table("point", "ending", "seconds", "requests", "dropped", "take-overs", "switches")
    for each in endings:
        numbers = (f"{each.seconds:.1f}", each.requests, each.dropped, each.takeovers, each.switches)
        table.add_row(each.point, each.state, *map(str, numbers))
    console = Console(width=140)
    console.print(table)
    seconds = sorted(each.seconds for each in endings) or [0.0]
    console.print(
        f"{sum(each.kills for each in endings)} kills, {len(endings)} deployments, "
        f"{sum(each.requests for each in endings)} requests, {sum(each.dropped for each in endings)} dropped; "
        f"seconds from a worker being back to the end: median {seconds[len(seconds) // 2]:.1f}, "
        f"longest {seconds[-1]:.1f}"
    )


def main() -> int:
    """Run it all; 0 when every promise held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=120, help="kills at random moments")
    parser.add_argument("--windows", type=int, default=30, help="kills on the loop that Celery uses on Windows")
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        (folder / "redis").mkdir()
        with redis_server(folder / "redis", port) as server:
            server.wait_until(lambda: listens(port), "Redis")
            url = f"redis://127.0.0.1:{port}"
            with Arena(folder / "points", f"{url}/0") as arena:
                points = every_point(arena)
            trials = [*points, *TWICE, *FROZEN, *(at_random(rng) for _ in range(options.random))]
            rng.shuffle(trials)
            endings, troubles = run(trials, options.parallel, False, folder, url)
            sample = rng.sample(points, min(options.windows, len(points)))
            more = run(sample, options.parallel, True, folder, url)
    show([*endings, *more[0]])
    troubles += more[1]
    print(f"{len(troubles)} trials went wrong" if troubles else "every promise held")
    return 1 if troubles else 0


if __name__ == "__main__":
    raise SystemExit(main())
