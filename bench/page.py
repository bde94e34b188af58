"""The tables of docs/benchmarks.md, between marks in it: the prose around them stays."""

import re
from collections.abc import Iterable, Iterator, Mapping

from bench.results import Figure, Limit, Results

#: what stands between these two is ours
MARKS = re.compile(r"(<!-- figures of (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str, results: Mapping[str, Results]) -> str:
    """The page with the benchmarks' tables between their marks."""

    def tables_of(found: re.Match[str]) -> str:
        begin, name, end = found.groups()
        return begin + (tables(results[name]) if name in results else "Not measured yet.\n") + end

    return MARKS.sub(tables_of, text)


def tables(results: Results) -> str:
    """The figures, where they were measured, and the limits."""
    shown = [*_figures(results.figures), "", _where(results), ""]
    if results.limits:
        shown += [*_limits(results.limits), ""]
    return "\n".join(shown)


def summary(limits: Iterable[Limit]) -> str:
    """One line for each."""
    told = {True: "kept  ", False: "MISSED"}
    return "\n".join(
        f"  {told[each.is_kept]} {each.what}: {number(each.value)}, at most {number(each.at_most)}"
        for each in limits
    )


def number(value: float) -> str:
    """Three digits, or all those before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _figures(figures: Mapping[str, Mapping[str, Figure]]) -> Iterator[str]:
    columns = list(dict.fromkeys(column for row in figures.values() for column in row))
    yield f"| | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for row, cells in figures.items():
        yield f"| {row} | {' | '.join(_cell(cells.get(column)) for column in columns)} |"


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return ""
    median = f"{number(figure.median)} {figure.unit}".strip()
    if figure.low == figure.high:
        return median
    return f"{median} ({number(figure.low)} to {number(figure.high)})"


def _where(results: Results) -> str:
    rounds = {figure.rounds for row in results.figures.values() for figure in row.values()}
    many = f"{min(rounds)} to {max(rounds)}" if len(rounds) > 1 else str(*rounds)
    return f"Medians of {many} rounds; commit {results.commit}, {results.time}; {results.machine}."


def _limits(limits: Iterable[Limit]) -> Iterator[str]:
    yield "| limit | at most | measured | |"
    yield "|---|---|---|---|"
    for each in limits:
        told = "kept" if each.is_kept else "**missed**"
        yield f"| {each.what} | {number(each.at_most)} | {number(each.value)} | {told} |"
