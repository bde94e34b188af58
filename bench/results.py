"""The figures of the last run, in docs/benchmarks.json: each benchmark keeps its own there."""

import json
from pathlib import Path

FILE = Path(__file__).parents[1] / "docs" / "benchmarks.json"

#: of each benchmark, its figures by what was measured: median, smallest, largest
Results = dict[str, dict[str, tuple[float, float, float]]]


def read() -> Results:
    """All of them; none before a first run."""
    found: Results = json.loads(FILE.read_text()) if FILE.exists() else {}
    return found


def keep(benchmark: str, figures: dict[str, tuple[float, float, float]]) -> None:
    """Put them in the place of the benchmark's last ones."""
    results = read() | {benchmark: figures}
    FILE.write_text(json.dumps(results, indent=1) + "\n")


def spread(values: list[float]) -> tuple[float, float, float]:
    """Median, smallest, largest."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[0], ordered[-1]
