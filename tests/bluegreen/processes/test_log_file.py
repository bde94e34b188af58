"""A log is kept short under a process that goes on writing, its last bytes stay, and nobody else reads it."""

import os
import sys
from pathlib import Path

import pytest

from bluegreen.processes import detach, log_file, state_file
from bluegreen.processes.ended import Ended
from bluegreen.system import platform

unix = pytest.mark.skipif(platform.is_windows(), reason="nothing is cut there")


@unix
@pytest.mark.unit
def test_a_long_log_is_cut_and_its_end_is_still_there(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"line {number}\n" for number in range(1000)))

    log_file.shorten(log, 2000)

    assert log.stat().st_size == 0
    assert (tmp_path / "log.1").stat().st_size == 2000
    assert log_file.last_lines(log, 2) == "line 998\nline 999"
    with log.open("a") as more:
        more.write("line 1000\n")
    assert log_file.last_lines(log, 2) == "line 999\nline 1000"


@unix
@pytest.mark.unit
def test_a_short_one_and_one_that_is_not_there_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("short")

    log_file.shorten(tmp_path / "log", 5)
    log_file.shorten(tmp_path / "none", 5)

    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("log", "short")]


@unix
@pytest.mark.unit
def test_a_kill_before_the_cut_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    log.write_text("a" * 3000)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(log_file.platform, "replace", killed)
        log_file.shorten(log, 2000)
    assert log.read_text() == "a" * 3000

    log_file.shorten(log, 2000)
    assert (tmp_path / "log.1").read_text() == "a" * 2000
    assert sorted(each.name for each in tmp_path.iterdir()) == ["log", "log.1"]


@unix
@pytest.mark.real
def test_a_process_goes_on_in_the_log_that_was_cut(tmp_path: Path) -> None:
    code = "import sys; print('x' * 3000, flush=True); open(sys.argv[1]).read(); print('after')"
    fifo = tmp_path / "go"
    os.mkfifo(fifo)
    log = tmp_path / "log"
    child = detach.spawn([sys.executable, "-c", code, str(fifo)], tmp_path, {}, log)
    with fifo.open("w"):  # it is opened once the process has written and waits
        log_file.shorten(log, 2000)
    assert child.wait(10) == 0

    assert log.read_text() == "after\n"
    assert log_file.last_lines(log, 1) == "after"


@unix
@pytest.mark.real
def test_logs_and_states_are_for_us_alone_and_a_start_begins_a_new_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for each in (log, tmp_path / "log.1"):
        each.write_text("of the one before\n")
        each.chmod(0o644)

    child = detach.spawn([sys.executable, "-c", "print('new')"], tmp_path, {}, log)
    state_file.save(tmp_path / "state", Ended(deployment_id="d", log="secret"))

    assert child.wait(10) == 0
    assert log_file.last_lines(log, 5) == "new"
    assert {each.stat().st_mode & 0o777 for each in (log, tmp_path / "state")} == {0o600}
