"""Every benchmark, one after the other: `python -m bench.all [NAME ...]`. One that fails does not keep the others.

Afterwards docs/benchmarks.json has the figures of those that could be measured, docs/benchmarks.md its tables and
docs/benchmarks.svg its picture. Exit status 0 when every limit is kept, 1 when one is missed, 2 when a benchmark
could not be measured.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bench import page
from bench.benchmark import KEPT, MISSED, ROOT
from bench.draw import draw
from bench.results import FILE, read
from bluegreen.system import programs

NAMES = ("cutover", "mixed", "control_plane", "deployment_time", "rollback_time", "ten_deployments")
NOT_MEASURED = 2
#: seconds for one of them
LONGEST = 3600.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; else all")
    parser.add_argument("--rounds", type=int, help="of each; else as many as its figures need")
    parser.add_argument("--results", type=Path, default=FILE, help="the .json; the .md and .svg are beside it")
    options = parser.parse_args()
    more = ["--rounds", str(options.rounds)] if options.rounds else []
    statuses = {name: run(name, options.results, more) for name in options.names or NAMES}
    draw(options.results)
    print(summary(statuses, options.results))
    return max(statuses.values())


def run(name: str, file: Path, more: list[str]) -> int:
    """KEPT, MISSED, or NOT_MEASURED."""
    print(f"\n== {name}", flush=True)
    before = read(file).get(name)
    command = [sys.executable, "-m", f"bench.{name}", "--results", str(file.absolute()), *more]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            status = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            programs.end_tree(process.pid)
            return NOT_MEASURED
    # an error of Python ends it with 1, too
    return status if status in (KEPT, MISSED) and read(file).get(name) != before else NOT_MEASURED


def summary(statuses: Mapping[str, int], file: Path) -> str:
    """Every limit of these benchmarks."""
    results, lines = read(file), ["", "== limits"]
    for name, status in statuses.items():
        lines += [name, "  NOT MEASURED" if status == NOT_MEASURED else page.summary(results[name].limits)]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
