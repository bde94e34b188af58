"""What a benchmark keeps, and what is made of it: the page, the picture, the summary, the exit status."""

import sys
from pathlib import Path

import pytest

from bench import all as every
from bench import benchmark, page, picture, results
from bench.draw import draw
from bench.results import FILE, Results

pytestmark = pytest.mark.unit


def some(value: float = 2.0, name: str = "cutover") -> Results:
    measured = Results("abc1234", "2026-01-01 10:00 UTC", "2 cores, 8 GB, Linux")
    measured.figure("plain reload", "cut", [591.0, 602.0, 580.0, 1212.0])
    measured.figure("bluegreen", "cut", [0, 0, 0])
    measured.figure("bluegreen", "a switch", [0.01234], "s")
    measured.limit("requests cut", value, 2.0)
    return measured


def test_a_figure_is_the_median_with_its_spread_also_of_an_even_number_of_rounds() -> None:
    figure = some().figures["plain reload"]["cut"]

    assert (figure.median, figure.low, figure.high, figure.rounds) == (596.5, 580.0, 1212.0, 4)


def test_what_is_kept_is_read_back_and_leaves_other_benchmarks_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "benchmarks.json"
    results.keep("mixed", some(), file)
    results.keep("cutover", some(1.0), file)
    results.keep("cutover", some(3.0), file)

    assert results.read(file) == {"mixed": some(), "cutover": some(3.0)}


def test_a_limit_is_kept_up_to_its_very_value() -> None:
    assert some(2.0).is_kept
    assert not some(2.0001).is_kept


def test_the_table_has_a_cell_for_each_figure_and_tells_where_it_was_measured() -> None:
    lines = page.tables(some(3.0)).splitlines()

    assert lines[:4] == [
        "| | cut | a switch |",
        "|---|---|---|",
        "| plain reload | 596 (580 to 1,212) |  |",
        "| bluegreen | 0 | 0.0123 s |",
    ]
    assert "Medians of 1 to 4 rounds; commit abc1234, 2026-01-01 10:00 UTC; 2 cores, 8 GB, Linux." in lines
    assert "| requests cut | 2 | 3 | **missed** |" in lines


def test_the_tables_go_between_their_marks_and_the_prose_stays(tmp_path: Path) -> None:
    file = tmp_path / "benchmarks.json"
    before = "# A\nprose\n<!-- figures of cutover -->\nold\n<!-- end -->\nmore\n"
    file.with_suffix(".md").write_text(before + "<!-- figures of mixed -->\n<!-- end -->\n")
    results.keep("cutover", some(), file)

    draw(file)
    draw(file)

    text = file.with_suffix(".md").read_text()
    assert text.startswith("# A\nprose\n<!-- figures of cutover -->\n| | cut")
    assert "old" not in text
    assert text.endswith("<!-- end -->\nmore\n<!-- figures of mixed -->\nNot measured yet.\n<!-- end -->\n")
    assert "plain reload" in file.with_suffix(".svg").read_text()


def test_the_page_and_the_picture_are_those_of_the_figures() -> None:
    known, again = results.read(FILE), "run: python -m bench.draw"

    assert FILE.with_suffix(".svg").read_text("utf-8") == picture.svg(known), again
    text = FILE.with_suffix(".md").read_text("utf-8")
    assert text == page.filled(text, known), again
    assert {name for _, name, _ in page.MARKS.findall(text)} == set(picture.PANELS) == set(every.NAMES)


def test_a_benchmark_keeps_its_figures_and_exits_with_its_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "benchmarks.json"
    monkeypatch.setattr(sys, "argv", ["bench", "--results", str(file), "--rounds", "4"])
    monkeypatch.setattr(benchmark, "commit", lambda: "abc1234")

    def measure(measured: Results, rounds: int) -> None:
        measured.limit("rounds", rounds, 3)

    assert benchmark.run("cutover", "", measure, rounds=2) == benchmark.MISSED
    assert results.read(file)["cutover"].limits == [results.Limit("rounds", 4, 3)]
