"""What the benchmarks measured, as it stands in docs/benchmarks.json: for each its figures, its limits, and where.

A figure stands in a row and a column of its benchmark's table. Its value is the median of its rounds.
"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "docs" / "benchmarks.json"


@dataclass(frozen=True)
class Figure:
    """One thing that was measured in each of so many rounds."""

    unit: str
    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float], unit: str = "") -> "Figure":
        """Of what the rounds came to."""
        return cls(unit, statistics.median(values), min(values), max(values), len(values))


@dataclass(frozen=True)
class Limit:
    """What a benchmark has to keep."""

    what: str
    value: float
    at_most: float

    @property
    def is_kept(self) -> bool:
        return self.value <= self.at_most


@dataclass
class Results:
    """Of one benchmark."""

    #: the commit, the time, the machine
    commit: str
    time: str
    machine: str
    figures: dict[str, dict[str, Figure]] = field(default_factory=dict)
    limits: list[Limit] = field(default_factory=list)

    def figure(self, row: str, column: str, values: Sequence[float], unit: str = "") -> Figure:
        """Keep what was measured there."""
        figure = self.figures.setdefault(row, {})[column] = Figure.of(values, unit)
        return figure

    def limit(self, what: str, value: float, at_most: float) -> None:
        """Hold a value against its limit."""
        self.limits.append(Limit(what, value, at_most))

    @property
    def is_kept(self) -> bool:
        """Whether every limit is."""
        return all(limit.is_kept for limit in self.limits)


def read(file: Path = FILE) -> dict[str, Results]:
    """By benchmark; none before a first run."""
    found: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return {name: _parsed(**entry) for name, entry in found.items()}


def keep(name: str, results: Results, file: Path = FILE) -> None:
    """Put them in the place of the benchmark's last ones."""
    kept = read(file) | {name: results}
    shown = {each: asdict(entry) for each, entry in sorted(kept.items())}
    file.write_text(json.dumps(shown, indent=1) + "\n", "utf-8")


def _parsed(figures: dict[str, dict[str, Any]], limits: list[Any], **where: str) -> Results:
    rows = {
        row: {column: Figure(**figure) for column, figure in columns.items()} for row, columns in figures.items()
    }
    return Results(**where, figures=rows, limits=[Limit(**limit) for limit in limits])
