"""Log lines as an error shows them."""

import pytest

from bluegreen.system.log_lines import LEFT_OUT, MOST, end_of, folded, shortened

pytestmark = pytest.mark.unit

PROBE = '"GET /health" 500'


def test_a_run_of_identical_lines_is_one_line_that_says_how_many() -> None:
    text = "\n".join(["boom", *[PROBE] * 38, "bang", PROBE, "", "", "end"])

    assert folded(text, 60).splitlines() == ["boom", f"{PROBE}  (38 times)", "bang", PROBE, "", "end"]


def test_lines_are_counted_once_they_are_folded() -> None:
    text = "\n".join(["Traceback", "KeyError: 'DSN'", *[PROBE] * 100]) + "\n"

    assert folded(text, 2) == f"KeyError: 'DSN'\n{PROBE}  (100 times)"


@pytest.mark.parametrize(("text", "lines"), [("", 60), ("one\ntwo", 0)])
def test_of_nothing_there_is_nothing(text: str, lines: int) -> None:
    assert folded(text, lines) == ""


def test_of_lines_that_are_too_long_the_end_is_shown() -> None:
    shown = folded("x" * MOST + "\n" + "y" * MOST, 60)

    assert shown == "y" * MOST


@pytest.mark.parametrize(
    ("pieces", "kept"),
    [
        ([], ""),
        ([b"one\r\n", b"two\n"], "one\ntwo\n"),
        ([b"one\ntwo\n", b"three\nfour\n"], f"{LEFT_OUT}\nfour\n"),
        ([b"%d\n" % number for number in range(100, 200)], f"{LEFT_OUT}\n198\n199\n"),
        ([b"x" * 10], f"{LEFT_OUT}\n{'x' * 10}"),
        ([b"x" * 100], f"{LEFT_OUT}\n{'x' * 10}"),
    ],
)
def test_of_what_comes_in_pieces_the_last_whole_lines_are_kept(pieces: list[bytes], kept: str) -> None:
    assert end_of(pieces, 10) == (kept.removeprefix(f"{LEFT_OUT}\n") if len(b"".join(pieces)) <= 10 else kept)


def test_a_text_that_is_too_long_says_so() -> None:
    assert shortened("short", 5) == "short"
    assert shortened("too long", 4) == f"{LEFT_OUT}\nlong"
