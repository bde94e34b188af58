"""A lock of this host: it waits for who is at work, and not for who is frozen or dead."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deployment import mutex, system
from deployment.errors import AbortRequested, PhaseFailed
from tests.guards import Cut

pytestmark = pytest.mark.real

HOLD = """
import sys, pathlib
from deployment.mutex import exclusive
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
    with pytest.raises(PhaseFailed, match="holds .*lock") as refused, mutex.exclusive(tmp_path / "lock", 0.5):
        pass

    assert f"pid {holder.pid}" in refused.value.saw
    assert holder.poll() is None, "a holder at work was ended"


def test_a_killed_holder_lets_go(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    holder.kill()

    with mutex.exclusive(tmp_path / "lock", 5):
        pass


def test_a_frozen_holder_is_ended(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    frozen = psutil.Process(holder.pid)
    frozen.suspend()
    if system.is_windows() and frozen.status() != psutil.STATUS_STOPPED:
        pytest.skip("this Windows (Wine) does not tell who is suspended")

    with mutex.exclusive(tmp_path / "lock", 10):
        pass

    assert holder.wait(5) != 0


def test_a_wait_is_cut_short_by_its_guard(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    with pytest.raises(AbortRequested), mutex.exclusive(tmp_path / "lock", 60, Cut(at_once=True)):
        pass


def test_what_a_host_shares_has_one_lock_whatever_the_config_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutex.tempfile, "gettempdir", lambda: str(tmp_path))

    assert mutex.of_host("nginx /etc/nginx.conf") == mutex.of_host("nginx /etc/nginx.conf")
    assert mutex.of_host("nginx /a/b") != mutex.of_host("nginx /a-b"), "told apart by more than its letters"


@pytest.mark.skipif(system.is_windows() or os.getuid() != 0, reason="only root may give a folder away")
def test_a_folder_that_a_stranger_has_made_is_not_locked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutex.tempfile, "gettempdir", lambda: str(tmp_path))
    os.chown(mutex.of_host("nginx").parent, 12345, 12345)

    with pytest.raises(PhaseFailed, match="somebody else"):
        mutex.of_host("nginx")
