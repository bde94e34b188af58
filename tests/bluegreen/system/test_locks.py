"""A lock of this host: it waits for who is at work, and not for who is frozen or dead."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bluegreen.deployment.errors import AbortRequested, PhaseFailed
from bluegreen.system import locks, platform
from tests.cancellations import Cut

pytestmark = pytest.mark.real

HOLD = """
import sys, pathlib
from bluegreen.system.locks import exclusive
with exclusive(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds tmp_path/lock."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_holder_at_work_is_waited_for_and_named(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    with pytest.raises(PhaseFailed, match="holds .*lock") as refused, locks.exclusive(tmp_path / "lock", 0.5):
        pass

    assert f"pid {holder.pid}" in refused.value.saw
    assert holder.poll() is None, "a holder at work was ended"


def test_a_killed_holder_lets_go(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    holder.kill()

    with locks.exclusive(tmp_path / "lock", 5):
        pass


def test_a_frozen_holder_is_ended(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    frozen = psutil.Process(holder.pid)
    frozen.suspend()
    if platform.is_windows() and frozen.status() != psutil.STATUS_STOPPED:
        pytest.skip("this Windows (Wine) does not tell who is suspended")

    with locks.exclusive(tmp_path / "lock", 10):
        pass

    assert holder.wait(5) != 0


def test_a_wait_is_cut_short_by_its_guard(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    with pytest.raises(AbortRequested), locks.exclusive(tmp_path / "lock", 60, Cut(at_once=True)):
        pass


def test_what_a_host_shares_has_one_lock_whatever_the_config_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks.tempfile, "gettempdir", lambda: str(tmp_path))

    assert locks.of_host("nginx /etc/nginx.conf") == locks.of_host("nginx /etc/nginx.conf")
    assert locks.of_host("nginx /a/b") != locks.of_host("nginx /a-b"), "told apart by more than its letters"


@pytest.fixture
def crowded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files in which a stranger has been before us, and a state folder of our own."""
    (tmp_path / "state").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(locks.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    monkeypatch.setattr(platform, "state_roots", lambda: (tmp_path / "state",))
    return tmp_path


def _theirs(folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, 12345, 12345)


STRANGERS = {
    "a folder of theirs": _theirs,
    "a folder that all can write to": lambda folder: (folder.mkdir(), folder.chmod(0o777)),
    "a link": lambda folder: folder.symlink_to(folder.parent.parent),
    "a link to nowhere": lambda folder: folder.symlink_to(folder.parent / "nowhere"),
    "a file": lambda folder: folder.touch(),
}


@pytest.mark.skipif(platform.is_windows() or os.getuid() != 0, reason="only root may give a folder away")
@pytest.mark.parametrize("make", STRANGERS.values(), ids=STRANGERS)
def test_what_a_stranger_has_made_first_is_not_locked_in_and_stops_nobody(
    crowded: Path, make: Callable[[Path], object]
) -> None:
    shared = locks.of_host("nginx").parent
    shared.rmdir()
    make(shared)

    first = locks.of_host("nginx")
    assert first.parent == crowded / "state" / "locks"
    shared.rename(shared.with_name("taken away"))
    assert locks.of_host("nginx") == first, "all look at one place, also once the stranger is gone"
    with locks.exclusive(first):
        pass


@pytest.mark.skipif(platform.is_windows() or os.getuid() != 0, reason="only root may give a folder away")
def test_without_any_safe_place_both_are_named(crowded: Path) -> None:
    shared = locks.of_host("nginx").parent
    os.chown(shared, 12345, 12345)
    (crowded / "state" / "locks").touch()

    with pytest.raises(PhaseFailed, match="no safe place") as refused:
        locks.of_host("nginx")
    assert str(shared) in refused.value.saw and str(crowded / "state" / "locks") in refused.value.saw
