"""A log file, read on from a mark."""

from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed
from nginx.logs import log_file

pytestmark = pytest.mark.unit


def texts(path: Path, mark: str) -> list[str]:
    return [text for _, text in log_file.since(path, mark).lines]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_text("before\n")
    return path


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_only_whole_lines_from_the_mark_on_are_read_and_each_once(log: Path) -> None:
    mark = log_file.end(log)
    assert texts(log, mark) == []

    append(log, "one\ntwo\nthr")
    first = log_file.since(log, mark)
    append(log, "ee\n")

    assert [text for _, text in first.lines] == ["one", "two"]
    assert first.whole and texts(log, first.mark) == ["three"]


def test_lines_of_windows_are_read_as_any_others(log: Path) -> None:
    mark = log_file.end(log)
    with log.open("ab") as file:
        file.write(b"one\r\ntwo\r\n")

    assert texts(log, mark) == ["one", "two"]


def test_a_long_log_comes_in_pieces(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "LOG_BYTES", 10)
    mark = log_file.end(log)
    append(log, "one\ntwo\nthree\n")

    first = log_file.since(log, mark)

    assert first.more and [text for _, text in first.lines] == ["one", "two"]
    assert texts(log, first.mark) == ["three"] and not log_file.since(log, first.mark).more


def test_what_was_rotated_away_is_missing(log: Path) -> None:
    mark = log_file.end(log)
    log.rename(log.with_suffix(".1"))
    log.write_text("longer than the old one\n")

    piece = log_file.since(log, mark)

    assert not piece.whole and [text for _, text in piece.lines] == ["longer than the old one"]


def test_what_was_truncated_is_missing(log: Path) -> None:
    mark = log_file.end(log)
    log.write_text("new\n")

    assert not log_file.since(log, mark).whole


def test_a_log_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(PhaseFailed, match=r"cannot read .*access\.log: \w"):
        log_file.end(tmp_path / "access.log")
