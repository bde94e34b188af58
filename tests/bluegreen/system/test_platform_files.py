"""Files that somebody has open: Windows refuses to change them, and we wait a while."""

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bluegreen.system import platform

pytestmark = pytest.mark.unit

on_windows = pytest.mark.skipif(not platform.is_windows(), reason="Windows")
elsewhere = pytest.mark.skipif(platform.is_windows(), reason="not on Windows")


def _replace(there: Path, beside: Path) -> None:
    platform.replace(beside, there)


def _remove(there: Path, beside: Path) -> None:
    platform.remove(there)


def _rename_around(there: Path, beside: Path) -> None:
    """Rename the folder that the open file is in."""
    platform.replace(there.parent, there.parent.with_name("another"))


changes = pytest.mark.parametrize("change", [_replace, _remove])


@on_windows
@changes
def test_a_file_that_somebody_reads_is_changed_once_it_is_closed(
    tmp_path: Path, change: Callable[[Path, Path], None]
) -> None:
    there, beside = _files(tmp_path)
    reader = there.open()
    refused = threading.Event()

    def close_after_the_first_refusal() -> None:
        refused.wait(10)
        reader.close()

    with contextlib.ExitStack() as ending, pytest.MonkeyPatch.context() as patched:
        patched.setattr(platform.time, "sleep", lambda _: refused.set())
        closing = threading.Thread(target=close_after_the_first_refusal)
        closing.start()
        ending.callback(closing.join)
        change(there, beside)

    assert refused.is_set()
    assert not there.exists() or there.read_text() == "new"


@on_windows
@changes
def test_a_file_that_stays_open_is_a_clear_error_and_as_it_was(
    tmp_path: Path, monkeypatch, change: Callable[[Path, Path], None]
) -> None:
    there, beside = _files(tmp_path)
    monkeypatch.setattr(platform, "PATIENCE", 0.1)

    with there.open() as reader, pytest.raises(platform.HeldOpen, match="another program has it open"):
        change(there, beside)
        assert reader.read() == "old"

    assert there.read_text() == "old"


@on_windows
def test_a_folder_is_renamed_once_windows_lets_us(tmp_path: Path, monkeypatch) -> None:
    there, _ = _files(tmp_path)
    rename, refused = Path.replace, iter([True, True, False])

    def refuse_twice(path: Path, target: Path) -> None:
        if next(refused):  # as Windows does while a file in it is open, and Wine does not
            raise PermissionError(13, "Access is denied")
        rename(path, target)

    monkeypatch.setattr(Path, "replace", refuse_twice)

    _rename_around(there, there)

    assert (tmp_path / "another" / "there").read_text() == "old"


@on_windows
def test_a_tree_goes_once_its_last_file_is_closed(tmp_path: Path) -> None:
    there, _ = _files(tmp_path)
    reader = there.open()
    closing = threading.Timer(0.2, reader.close)
    closing.start()

    platform.remove_tree(there.parent, 10)

    closing.join()
    assert not there.parent.exists()


@elsewhere
@pytest.mark.parametrize("change", [_replace, _remove, _rename_around])
def test_a_file_is_changed_at_once_whoever_reads_it(
    tmp_path: Path, monkeypatch, change: Callable[[Path, Path], None]
) -> None:
    there, beside = _files(tmp_path)
    monkeypatch.setattr(platform.time, "sleep", lambda _: pytest.fail("it waited"))

    with there.open() as reader:
        change(there, beside)
        assert reader.read() == "old"

    assert not there.exists() or there.read_text() == "new"


@elsewhere
def test_what_may_not_be_changed_is_refused_at_once(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(platform.time, "sleep", lambda _: pytest.fail("it waited"))
    for name in ("replace", "unlink"):
        monkeypatch.setattr(Path, name, lambda *_, **__: (_ for _ in ()).throw(PermissionError()))

    for change in (_replace, _remove):
        with pytest.raises(PermissionError) as raised:
            change(*_files(tmp_path / change.__name__))
        assert not isinstance(raised.value, platform.HeldOpen)


def test_a_file_that_is_not_there_is_removed_already(tmp_path: Path) -> None:
    platform.remove(tmp_path / "nothing")


def test_a_tree_is_removed_however_long_its_paths_are(tmp_path: Path) -> None:
    deep = tmp_path / "tree"
    for _ in range(12):
        deep = deep / ("a folder with a long name" * 2)
    long = rf"\\?\{deep}" if platform.is_windows() else str(deep)
    os.makedirs(long)
    with open(os.path.join(long, "file"), "w", encoding="utf-8") as file:
        file.write("x")

    platform.remove_tree(tmp_path / "tree")

    assert not (tmp_path / "tree").exists()
    platform.remove_tree(tmp_path / "tree")


def _files(folder: Path) -> tuple[Path, Path]:
    """A file in a folder of its own, and another one beside that folder."""
    there, beside = folder / "folder" / "there", folder / "beside"
    there.parent.mkdir(parents=True)
    there.write_text("old")
    beside.write_text("new")
    return there, beside
