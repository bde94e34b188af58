"""A proxy file of this host that cannot be written or removed, and what a person is told to do."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system import platform
from nginx.file.plain_file import PlainFile

pytestmark = pytest.mark.unit

HELD = platform.HeldOpen(13, "another program has it open, an editor or a virus scanner perhaps", "app.inc")


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
        monkeypatch.setattr(platform, name, refuse)
    (tmp_path / "app.inc").write_text("old")

    with pytest.raises(PhaseFailed, match=rf"app.inc: {error.strerror}") as raised:
        act(PlainFile(tmp_path / "app.inc"))

    assert advice in raised.value.advice
    assert [each.name for each in tmp_path.iterdir()] == ["app.inc"]


@pytest.mark.skipif(platform.is_windows(), reason="nobody opens a folder there")
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


@pytest.fixture(params=[0o027, 0o077], ids=oct)
def hardened(request: pytest.FixtureRequest) -> Iterator[None]:
    """A worker that keeps to itself what it makes; an nginx whose master is not root must read it all the same."""
    if platform.is_windows():
        pytest.skip("there the folder's list says who may read")
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


@pytest.mark.usefixtures("hardened")
def test_another_may_read_what_is_new(tmp_path: Path) -> None:
    PlainFile(tmp_path / "conf.d" / "sites" / "app.inc").write("new")

    made = [tmp_path / "conf.d", tmp_path / "conf.d" / "sites"]
    assert [mode(each) for each in (*made, made[-1] / "app.inc")] == ["755", "755", "644"]


@pytest.mark.parametrize("before", [0o644, 0o640, 0o604])
@pytest.mark.usefixtures("hardened")
def test_another_may_read_what_he_could_before_and_nobody_else(tmp_path: Path, before: int) -> None:
    file, left = tmp_path / "app.inc", tmp_path / ".app.inc.new"
    file.write_text("old")
    file.chmod(before)
    left.write_text("by a worker that was killed")
    left.chmod(0o400)
    if os.getuid() == 0:
        os.chown(file, 101, 102)
    owner = file.stat().st_uid, file.stat().st_gid

    PlainFile(file).write("new")

    assert (file.read_text(), mode(file), left.exists()) == ("new", f"{before:o}", False)
    assert (file.stat().st_uid, file.stat().st_gid) == owner


@pytest.mark.usefixtures("hardened")
def test_another_may_read_it_at_the_moment_when_it_is_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, modes = tmp_path / "app.inc", list[str]()
    file.write_text("old")
    file.chmod(0o644)
    monkeypatch.setattr(platform, "replace", lambda beside, path: modes.append(mode(beside)))

    PlainFile(file).write("new")

    assert modes == ["644"]


@pytest.mark.usefixtures("hardened")
def test_who_owned_what_cannot_be_given_away_may_read_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "not permitted")

    file, theirs = tmp_path / "app.inc", os.stat(os.devnull)
    file.write_text("old")
    file.chmod(0o640)
    if os.getuid() == 0:
        os.chown(file, theirs.st_uid + 101, theirs.st_gid)
        monkeypatch.setattr(os, "chown", refuse)

    PlainFile(file).write("new")

    assert mode(file) == ("644" if os.getuid() == 0 else "640")
