"""A proxy file of this host that cannot be written or removed, and what a person is told to do."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deployment import system
from deployment.errors import PhaseFailed
from nginx.files import PlainFile

pytestmark = pytest.mark.unit

HELD = system.HeldOpen(13, "another program has it open, an editor or a virus scanner perhaps", "app.inc")


@pytest.mark.parametrize(
    ("error", "advice"), [(HELD, "Close it in that program"), (OSError(28, "full"), "with room")]
)
@pytest.mark.parametrize("act", [lambda file: file.write("new"), PlainFile.delete], ids=["write", "delete"])
def test_who_holds_the_file_open_is_told_to_close_it_and_no_other_to_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, advice: str, act: Callable[[PlainFile], None]
) -> None:
    def refuse(*_: Path) -> None:
        raise error

    for name in ("replace", "remove"):
        monkeypatch.setattr(system, name, refuse)
    (tmp_path / "app.inc").write_text("old")

    with pytest.raises(PhaseFailed, match=rf"app.inc: {error.strerror}") as raised:
        act(PlainFile(tmp_path / "app.inc"))

    assert advice in raised.value.advice
    assert [each.name for each in tmp_path.iterdir()] == ["app.inc"]


@pytest.mark.skipif(system.is_windows(), reason="nobody opens a folder there")
def test_a_power_cut_takes_back_neither_the_text_nor_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, sync = tmp_path / "app.inc", os.fsync
    file.write_text("old")
    synced = list[tuple[int, str]]()

    def recorded(descriptor: int) -> None:
        synced.append((os.fstat(descriptor).st_ino, file.read_text()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", recorded)
    PlainFile(file).write("new")

    assert synced == [(file.stat().st_ino, "old"), (tmp_path.stat().st_ino, "new")]
