"""What is done to files, and what a person is told when a service manager refuses."""

from pathlib import Path

import pytest

from bluegreen.deployment.errors import CommandFailed, UsageError
from bluegreen.deployment.machine import Output
from bluegreen.system import platform
from cli.daemon import steps
from cli.daemon.steps import Copy, RunProgram, Write, perform

pytestmark = pytest.mark.unit


def test_a_definition_with_passwords_is_taken_from_the_others_before_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition, found = tmp_path / "definition.xml", []
    definition.write_text("of the last time")

    def restriction(path: Path, *accounts: str) -> tuple[str, ...]:
        return ("icacls", str(path), *accounts)

    def run(arguments: tuple[str, ...], **_: float) -> Output:
        found.append((arguments, definition.read_text()))
        return Output(0, "")

    monkeypatch.setattr(platform, "to_make_private", restriction)
    monkeypatch.setattr(steps, "run", run)

    perform([Write(definition, "a password", secret=True, readers=("ann",)), Write(tmp_path / "other", "text")])

    assert found == [(("icacls", str(definition), "ann"), "of the last time")]
    assert definition.read_text() == "a password"


def test_a_program_that_is_copied_replaces_the_old_one_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target, replaced = tmp_path / "new.exe", tmp_path / "old.exe", []
    source.write_text("new")
    replace = platform.replace
    monkeypatch.setattr(platform, "replace", lambda *paths: (replaced.append(paths[1]), replace(*paths)))

    perform([Copy(source, target)])

    assert target.read_text() == "new"
    assert replaced == [target], "a program that has only just ended is held open for a moment"


def test_what_nssm_says_in_utf_16_can_be_read() -> None:
    output = Output(1, "Can't open service!\r\n".encode("utf-16-le").decode())

    assert steps.text_of(output) == "Can't open service!"


def test_who_may_not_write_is_told_to_be_an_administrator(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match=r"cannot write .*\n.*sudo"):
        perform([Write(tmp_path / "file" / "below a file", "text")])


def test_a_manager_that_refuses_is_quoted_and_what_is_so_already_is_no_error() -> None:
    with pytest.raises(CommandFailed, match="cannot run no-such-program"):
        perform([RunProgram(("no-such-program", "install"))])

    perform([RunProgram(("no-such-program", "uninstall"), may_fail=True)])
