"""What a cutover costs users of all kinds: `python -m bench.mixed`.

RATE requests a second leave on time whatever becomes of them (bench/mixed_load.py), for a while without a switch,
then as long with SWITCHES of them, in turns, ROUNDS times. Exit status 0 when nothing failed, and when the 99th
percentile of the quick requests while switching is at most RATIO times the one without.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench import results
from bench.cutover import Site
from cli.demo.servers import Server, free_port, listens
from deployment.states import Color

RATE = 500
SWITCHES, PAUSE = 20, 1.0
ROUNDS = 5
RATIO = 1.5
#: seconds in which the load comes to speed before anything counts
WARM_UP = 3.0

Lines = list[dict[str, Any]]


@contextmanager
def colors(folder: Path) -> Iterator[dict[Color, int]]:
    """Both colours, each a process of its own."""
    with ExitStack() as servers:
        ports = {color: free_port() for color in Color}
        for color, port in ports.items():
            command = [sys.executable, "-m", "bench.mixed_app", str(port), color]
            server = servers.enter_context(Server(command, folder / f"{color}.log"))
            server.wait_until(lambda port=port: listens(port), color)
        yield ports


def measure(site: Site, switching: bool) -> Lines:
    """What became of the visits that began while it was switched, or as long without."""
    seconds = WARM_UP + SWITCHES * PAUSE
    command = [sys.executable, "-m", "bench.mixed_load", f"http://127.0.0.1:{site.port}/", str(RATE), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as load:
        shown: list[str] = []
        reading = threading.Thread(target=lambda: shown.extend(load.stdout or ()))
        reading.start()
        time.sleep(WARM_UP)
        began = time.monotonic()
        for number in range(SWITCHES if switching else 0):
            time.sleep(max(0.0, began + number * PAUSE - time.monotonic()))
            site.switch()
        reading.join()
    # both count on the system's own clock
    return [line for line in map(json.loads, shown) if line["due"] >= began]


def percentile(lines: Lines) -> float:
    """Of the quick requests: 99 % were answered within so many seconds."""
    return statistics.quantiles([line["seconds"] for line in lines if line["kind"] == "get"], n=100)[98]


def main() -> int:
    ratios, lines = [], []
    percentiles: dict[str, list[float]] = {"without a switch": [], "bluegreen, a switch a second": []}
    with tempfile.TemporaryDirectory() as name, colors(Path(name)) as ports:
        site = Site(Path(name), ports)
        with site.server as server:
            server.wait_until(lambda: listens(site.port), "nginx")
            site.switch()
            for number in range(1, ROUNDS + 1):
                without, while_switching = measure(site, False), measure(site, True)
                lines += while_switching
                before, during = percentile(without), percentile(while_switching)
                ratios.append(during / before)
                for seconds, known in zip((before, during), percentiles.values(), strict=True):
                    known.append(seconds * 1000)
                print(
                    f"round {number}: 99 % within {before * 1000:.1f} ms, while switching {during * 1000:.1f} ms"
                )
    results.keep("mixed", {what: results.spread(known) for what, known in percentiles.items()})
    return report(lines, ratios)


def report(lines: Lines, ratios: list[float]) -> int:
    """Print it; the exit status."""
    failed = [line for line in lines if line["error"]]
    kinds = Counter(line["kind"] for line in lines)
    print(f"{ROUNDS * SWITCHES} switches, {len(lines):,} visits ({dict(kinds)}), {len(failed)} failed")
    for line in failed[:10]:
        print(line)
    ratio = statistics.median(ratios)
    print(f"99 % within, switching / not: {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}), should be {RATIO}")
    return int(bool(failed) or ratio > RATIO)


if __name__ == "__main__":
    sys.exit(main())
