"""The pure parts: the command line, the environment, the state file, the end of a log."""

import os
import sys

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.record import now
from bluegreen.processes import command_line, log_file, state_file
from bluegreen.processes.state_file import ProcessState
from bluegreen.system import platform

pytestmark = pytest.mark.unit

VALUES = {"port": "8001", "color": "green", "release": "1.0", "workspace": "/srv/{port}"}


def test_each_place_is_filled_once_and_other_braces_stay():
    given = ["{port}", "--x={color}-{release}", "{workspace}", '{"a": {0}}', "{unknown}", "100%"]

    filled = command_line.filled(given, VALUES)

    assert filled == ["8001", "--x=green-1.0", "/srv/{port}", '{"a": {0}}', "{unknown}", "100%"]


def test_configured_values_win_over_inherited_ones_and_ours_over_both(monkeypatch):
    monkeypatch.setattr(platform, "ENVIRONMENT", {"A": "0", "PYTHONUTF8": "1"})

    environment = command_line.environment_of(
        {"A": "1", "PORT": "1", "BLUEGREEN_REDIS_URL": "x", "NOTIFY_SOCKET": "x"},
        {"A": "2", "PORT": "2"},
        {"PORT": "3"},
    )

    assert environment == {"A": "2", "PORT": "3", "PYTHONUTF8": "1"}


def test_a_program_is_searched_on_the_given_path_or_in_the_folder(tmp_path):
    name = "tool.exe" if sys.platform == "win32" else "tool"
    (tmp_path / "bin").mkdir()
    tool = tmp_path / "bin" / name
    tool.write_text("")
    tool.chmod(0o755)

    assert command_line.program(name, tmp_path, str(tmp_path / "bin")) == str(tool)
    assert os.path.samefile(command_line.program(f"./bin/{name}", tmp_path, ""), tool)
    with pytest.raises(PhaseFailed, match=r"there is no program \./other in"):
        command_line.program("./other", tmp_path, "")


@pytest.mark.parametrize("search", ["", None, "elsewhere"])
def test_a_program_of_the_current_folder_is_not_taken_for_one_of_the_path(tmp_path, monkeypatch, search):
    for name in ("bluegreen-tool", "bluegreen-tool.cmd"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PhaseFailed, match="there is no program bluegreen-tool on the PATH"):
        command_line.program("bluegreen-tool", tmp_path, search)


def test_a_state_comes_back_as_it_was_saved_and_nothing_is_left_beside_it(tmp_path):
    state = ProcessState(deployment_id="d1", release="1.0", started=now(), pid=4711, created=1700000000.13)

    state_file.save(tmp_path / "hello-blue.json", state)

    assert state_file.load(tmp_path / "hello-blue.json") == state
    assert [each.name for each in tmp_path.iterdir()] == ["hello-blue.json"]


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1}', "[]", "\x00"])
def test_a_damaged_state_counts_as_none(tmp_path, text):
    (tmp_path / "state.json").write_text(text)

    assert state_file.load(tmp_path / "state.json") is None


def test_the_last_lines_of_a_log_are_shown(tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"one\r\ntwo\nthr\xffee\n")

    assert log_file.last_lines(log, 2) == "two\nthr\ufffdee"
    assert log_file.last_lines(log, 20).startswith("one")
    assert log_file.last_lines(log, 0) == ""
    assert log_file.last_lines(tmp_path / "none", 5) == ""


def test_a_long_log_is_not_read_from_its_beginning(tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"x" * 10 + b"\n" + b"y" * log_file.WINDOW)

    assert set(log_file.last_lines(log, 5)) == {"y"}
