"""A lock of this host: it waits for who is at work, and not for who is frozen or dead."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployment import mutex
from deployment.errors import PhaseFailed

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
    holder.send_signal(signal.SIGSTOP)

    with mutex.exclusive(tmp_path / "lock", 10):
        pass

    assert holder.wait(5) == -signal.SIGKILL
