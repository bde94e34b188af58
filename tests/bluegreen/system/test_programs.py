"""Programs run to their end, and never longer than they may."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from bluegreen.deployment.errors import AbortRequested, CommandFailed
from bluegreen.system import platform, programs, transcript
from bluegreen.system.log_lines import LEFT_OUT, MOST
from bluegreen.system.transcript import ROOM, Transcript

pytestmark = pytest.mark.real

SLEEP = "import time; time.sleep(600)"
#: says its child's pid, then both sleep
WITH_CHILD = (
    "import subprocess, sys, time;"
    f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]);"
    "print(child.pid, flush=True); time.sleep(600)"
)


class Cut:
    """A cancellation after a moment."""

    def __init__(self, error=None):
        self.error = error
        self.asked = 0

    def check(self):
        if self.error:
            raise self.error

    def is_cancelled(self):
        self.asked += 1
        return self.asked > 2


def python(code, **options):
    return programs.run([sys.executable, "-c", code], **{"timeout": 60, **options})


def test_output_and_status_come_back_whatever_the_status():
    output = python("import sys; print('ä'); sys.stdout.flush(); print('bad', file=sys.stderr); sys.exit(3)")

    assert output.status == 3
    assert output.text.splitlines() == ["ä", "bad"]


def test_a_program_writes_utf8_unless_it_is_told_to_write_something_else(monkeypatch):
    monkeypatch.setattr(platform, "ENVIRONMENT", {"PYTHONUTF8": "1"})
    asked = "import sys; print(sys.flags.utf8_mode)"

    for told, mode in (({}, "1"), ({"PYTHONUTF8": "0"}, "0")):
        env = {name: value for name, value in os.environ.items() if name != "PYTHONUTF8"} | told
        assert python(asked, env=env).text.strip() == mode


def test_output_that_is_not_utf8_does_not_raise():
    assert python("import sys; sys.stdout.buffer.write(b'a\\xff\\r\\nb')").text == "a\ufffd\nb"


@pytest.mark.skipif(not platform.is_windows(), reason="Windows")
def test_a_batch_file_is_run_under_its_bare_name_with_its_arguments_as_they_are(tmp_path):
    (tmp_path / "tool.cmd").write_text("@echo [%~1] [%~2]\r\n", encoding="ascii")
    env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}

    output = programs.run(["tool", "two words", "C:\\a folder\\x"], timeout=30, env=env)

    assert output.text.strip() == "[two words] [C:\\a folder\\x]"


def test_a_program_of_the_current_folder_is_not_run_for_one_that_the_path_lacks(tmp_path, monkeypatch):
    for name, text in (("tool.cmd", "@exit 0\r\n"), ("tool", "#!/bin/sh\nexit 0\n")):
        (tmp_path / name).write_text(text, encoding="ascii")
        (tmp_path / name).chmod(0o755)
    monkeypatch.chdir(tmp_path)

    for folder in (None, tmp_path):
        with pytest.raises(CommandFailed, match="cannot run tool: "):
            programs.run(["tool"], timeout=30, cwd=folder)


def test_a_process_that_cannot_even_be_looked_at_hides_no_other(monkeypatch):
    real = psutil.Process

    def broken_for_the_first(pid=None):
        if pid == psutil.pids()[0]:
            raise OSError(1359, "Internal error")
        return real(pid)

    monkeypatch.setattr(psutil, "Process", broken_for_the_first)

    assert os.getpid() in [each.pid for each in programs.every_process()]


def test_a_checked_program_that_fails_says_its_last_words():
    with pytest.raises(CommandFailed, match="ended with status 1") as raised:
        programs.run_checked([sys.executable, "-c", "raise SystemExit('no such table')"], timeout=60)
    assert raised.value.saw == "no such table"
    assert programs.run_checked([sys.executable, "-c", "print(1)"], timeout=60).strip() == "1"


def test_a_program_that_is_not_there_is_named():
    with pytest.raises(CommandFailed, match="cannot run no-such-program"):
        programs.run(["no-such-program"], timeout=1)


@pytest.mark.parametrize("cancellation", [None, "a cancellation"])
def test_a_program_that_runs_too_long_ends_with_its_children(cancellation):
    class NeverCut(Cut):
        def is_cancelled(self):
            return False

    with pytest.raises(CommandFailed, match="did not end within 3 s") as raised:
        python(WITH_CHILD, timeout=3, cancellation=NeverCut() if cancellation else None)

    child = int(raised.value.saw)
    gone, _ = psutil.wait_procs([psutil.Process(child)] if psutil.pid_exists(child) else [], timeout=10)
    assert gone or not psutil.pid_exists(child)


@pytest.mark.skipif(sys.platform == "win32", reason="sh")
def test_not_even_a_program_that_spawns_all_the_time_leaves_a_child_behind(tmp_path):
    number = f"600.{tmp_path.stat().st_ino}"
    spawns = f"while :; do sleep {number} & done"
    for _ in range(5):
        with pytest.raises(CommandFailed):
            programs.run(["sh", "-c", spawns], timeout=0.1)

    found = [each for each in psutil.process_iter() if number in _command_line(each)]
    # One that is killed may still be on its way out: it is suspended, and does nothing any more.
    left = [each for each in found if not _is_dead_within(each, 5)]
    for each in left:
        each.kill()
    assert left == []


def test_a_cut_guard_ends_the_program_and_its_own_error_is_raised():
    began = time.monotonic()

    with pytest.raises(AbortRequested):
        python(SLEEP, cancellation=Cut(AbortRequested("somebody asked")))

    assert time.monotonic() - began < 30


def test_a_guard_that_changes_its_mind_lets_the_program_end():
    assert python("import time; time.sleep(0.5); print('done')", cancellation=Cut()).text.strip() == "done"


def test_a_grandchild_that_keeps_the_output_open_does_not_hold_us():
    began = time.monotonic()

    output = python(WITH_CHILD.removesuffix("; time.sleep(600)"))

    assert time.monotonic() - began < 30
    grandchild = psutil.Process(int(output.text))
    assert grandchild.is_running()
    grandchild.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open is not cut there")
def test_of_a_program_that_prints_without_end_the_end_is_kept_in_little_room(monkeypatch):
    """What it has printed before is neither in memory nor in the file."""
    before, rooms = psutil.Process().memory_info().rss, []
    keep_short = Transcript.keep_short

    def watched(self):
        keep_short(self)
        rooms.append(os.fstat(self.file.fileno()).st_blocks * 512)

    monkeypatch.setattr(Transcript, "keep_short", watched)
    chatty = "for n in range(2_000_000): print(n, 'x' * 90)\nprint('the end')"

    output = python(chatty, cancellation=Cut())

    assert output.text.startswith(f"{LEFT_OUT}\n") and output.text.endswith("\nthe end\n")
    assert MOST - 200 < len(output.text) < MOST + 200
    assert all(line.endswith("x" * 90) for line in output.text.splitlines()[1:-1])
    assert psutil.Process().memory_info().rss - before < 20 * 2**20
    assert os.name == "nt" or (max(rooms) < 100 * 2**20 and sum(rooms) / len(rooms) < 2 * ROOM)


def test_what_we_read_ourselves_comes_back_whole():
    assert len(python("print('x' * 1_000_000)", whole=True).text) == 1_000_001


def test_progress_hears_of_the_last_line_too_however_quick_the_program_is():
    heard = []

    python("print('ready')", progress=heard.append)

    assert heard[-1].strip() == "ready"


def test_what_is_too_much_to_be_read_is_an_error(monkeypatch):
    monkeypatch.setattr(transcript, "MOST_READ", 1_000_000)

    with pytest.raises(CommandFailed, match="printed more than 1 MB"):
        python("while True: print('x' * 90)", whole=True)


def test_a_program_that_ended_by_itself_is_not_looked_for_by_its_pid(monkeypatch):
    ended = []
    monkeypatch.setattr(programs, "end_tree", ended.append)

    python("")

    assert ended == [], "the pid is free again, and may be a stranger's"


def test_what_a_killed_worker_left_running_is_found_by_what_it_worked_for():
    with programs.working_for("d1"):
        environment = programs._marked(None)
    with subprocess.Popen([sys.executable, "-c", SLEEP], env=environment) as left:
        programs.end_leftovers("d2")
        assert left.poll() is None

        programs.end_leftovers("d1")

        assert left.wait(10) != 0


def _is_dead_within(process, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def _command_line(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []
