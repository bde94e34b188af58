"""How the process of a command ends."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.unit

WORKS = """
import threading
def work():
    threading.main_thread().join()
    print("worked to its end")
threading.Thread(target=work).start()
"""


def left(code: str) -> "subprocess.CompletedProcess[str]":
    """A process that runs the code, and leaves with status 3."""
    code += "\nfrom cli.exits import leave\nleave(3)"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)


def test_what_was_printed_arrives_and_nothing_is_freed() -> None:
    ended = left("import atexit; atexit.register(print, 'freed'); print('said', end='')")

    assert (ended.returncode, ended.stdout) == (3, "said")


def test_a_thread_that_works_is_waited_for() -> None:
    ended = left(WORKS)

    assert (ended.returncode, ended.stdout) == (3, "worked to its end\n")


GONE = """
import os, sys
reads, writes = os.pipe()
os.close(reads)
sys.stdout = open(writes, "w")
print("to nobody")
"""


@pytest.mark.parametrize(
    "code",
    [GONE, "import sys; sys.stdout.close()", "import sys; sys.stdout = None"],
    ids=["ended", "closed", "absent"],
)
def test_a_reader_that_is_gone_changes_no_status(code: str) -> None:
    ended = left(code)

    assert (ended.returncode, ended.stderr) == (3, "")
