import pytest

from cli.demo import strip
from cli.demo.strip import Cell
from cli.demo.traffic import Sample

pytestmark = pytest.mark.unit


def test_a_cell_shows_who_answered_in_its_tenth_of_a_second() -> None:
    answers = [Sample(100.01, color="blue"), Sample(100.11, color="green"), Sample(100.19, color="green")]

    assert strip.letters(strip.cells(answers, 100)) == "bg"


def test_the_colour_that_answered_most_comes_first() -> None:
    answers = [Sample(100.0, color="blue"), Sample(100.01, color="green"), Sample(100.02, color="green")]

    assert strip.cells(answers, 100) == [Cell(("green", "blue"))]


def test_one_dropped_request_marks_its_cell_whatever_else_was_answered() -> None:
    answers = [Sample(100.0, color="blue"), Sample(100.01, dropped=True, error="502 Bad Gateway")]

    assert strip.letters(strip.cells(answers, 100)) == "x"


def test_a_stall_is_a_gap() -> None:
    answers = [Sample(100.0, color="blue"), Sample(100.35, color="blue")]

    assert strip.letters(strip.cells(answers, 100)) == "b..b"


def test_a_late_drop_still_shows_after_the_load_has_ended() -> None:
    answers = [Sample(100.0, color="blue"), Sample(100.11, color="blue"), Sample(101.0, dropped=True)]

    assert strip.letters(strip.cells(answers, 100, ended=100.15)) == "bx"


def test_no_answers_are_no_cells() -> None:
    assert strip.cells([], 100) == []


def test_rows_wrap_and_each_mark_stands_above_its_cell() -> None:
    cells = [Cell(("blue",))] * 25

    rows = [row.plain for row in strip.rows(cells, {0: "v1", 12: "v2"}, 10, colorless=True)]

    assert rows == ["▾ v1", "b" * 10, "  ▾ v2", "b" * 10, "b" * 5]


def test_a_mark_at_the_right_edge_is_moved_not_cut() -> None:
    rows = [row.plain for row in strip.rows([Cell(("blue",))] * 10, {9: "v2"}, 10)]

    assert rows[0] == "      ▾ v2"


@pytest.mark.parametrize("width", [20, 40, 60, 78, 100])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    cells = [Cell(("blue",))] * 250
    marks = {0: "v1 is live", 12: "deploy v2", 15: "deploy v3", 99: "deploy v4-broken"}

    assert all(len(row) <= width for row in strip.rows(cells, marks, width))
