"""The differences between systems, on the one that runs this; `make test-windows` runs it on the other."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from bluegreen.system import platform as system

pytestmark = pytest.mark.unit

on_windows = pytest.mark.skipif(not system.is_windows(), reason="Windows")
elsewhere = pytest.mark.skipif(system.is_windows(), reason="not on Windows")
ROOT = Path(__file__).parents[3]
#: the ways in which code asks what system it is on, or needs to be on one of them
ASKED = re.compile(
    r"sys\.platform|from sys import .*platform|os\.name\b|platform\.system|getwindowsversion|IS_WINDOWS|__import__"
    r"|hasattr\((os|signal|socket)"
    r"|^\s*(import|from) (platform|fcntl|msvcrt|winreg|pywintypes|win32\w+|pwd|grp|termios)\b",
    re.MULTILINE,
)


def test_no_other_file_of_the_product_asks_what_system_it_is_on() -> None:
    rooms = (
        "cli",
        "workflows",
        "tasks",
        "compose",
        "nginx",
        "bluegreen",
        "examples",
        "bench",
    )
    files = [*(file for room in rooms for file in (ROOT / room).rglob("*.py")), ROOT / "celeryconfig.py"]

    asking = [file.relative_to(ROOT).as_posix() for file in files if ASKED.search(file.read_text("utf-8"))]

    assert asking == ["bluegreen/system/platform.py"]


@pytest.mark.parametrize(
    "line",
    [
        "import fcntl",
        "    import msvcrt",
        "from winreg import OpenKey",
        "if sys.getwindowsversion():",
        "import pwd",
    ],
)
def test_the_ways_in_which_code_asks_are_known(line: str) -> None:
    assert ASKED.search(f"import os\n{line}\n")


# ports


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_a_port_that_somebody_listens_on_is_not_free(listener: socket.socket) -> None:
    port = listener.getsockname()[1]

    assert not system.can_listen(port)
    listener.close()
    assert system.can_listen(port)


def test_the_rest_of_a_closed_connection_does_not_take_a_port(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        accepted, _ = listener.accept()
        accepted.close()  # the side that closes first keeps the port in TIME_WAIT
    listener.close()

    assert system.can_listen(port)


# programs and processes


@on_windows
@pytest.mark.parametrize("name", ["tool.exe", "tool.cmd", "tool.bat"])
def test_a_program_is_found_without_the_end_of_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / name).write_text("")

    found = system.found("tool", {"Path": str(tmp_path / "a folder")})

    assert Path(found).name.lower() == name
    assert system.found(str(tmp_path / "a folder" / "tool"), {}) == found
    with pytest.raises(FileNotFoundError):
        system.found("other", {"Path": str(tmp_path)})


@on_windows
@pytest.mark.parametrize("search", ["", ".", "nowhere", "C:\\nowhere"])
def test_a_program_of_the_current_folder_is_not_taken_for_one_of_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, search: str
) -> None:
    (tmp_path / "tool.cmd").write_text("")
    (tmp_path / "tool.exe").write_text("")
    monkeypatch.chdir(tmp_path)

    assert system.which("tool", search) is None
    with pytest.raises(FileNotFoundError):
        system.found("tool", {"PATH": search})


def test_folders_of_the_path_are_searched_in_their_order_and_never_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    for each in (there / "tool.cmd", here / "tool.exe", here / "other.exe"):
        each.parent.mkdir(exist_ok=True)
        each.write_text("")
    monkeypatch.chdir(here)
    search, endings = os.pathsep.join(["", ".", f'"{there}"', str(here)]), os.pathsep.join([".EXE", ".CMD"])

    assert system.in_folders("tool", search, endings) == str(there / "tool.cmd")
    assert system.in_folders("tool.exe", search, endings) == str(here / "tool.exe")
    assert system.in_folders(str(here / "tool"), "", endings) == str(here / "tool.exe")
    assert system.in_folders("other", os.pathsep.join(["", ".", str(there)]), endings) is None


@elsewhere
def test_a_program_is_left_to_the_system_to_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tool").write_text("")
    (tmp_path / "tool").chmod(0o755)
    monkeypatch.chdir(tmp_path)

    assert system.found("docker", {"PATH": "/nowhere"}) == "docker"
    assert system.which("tool", "/nowhere") is None
    assert system.which("tool", str(tmp_path)) == str(tmp_path / "tool")


@on_windows
def test_children_write_utf_8_and_none_of_them_opens_a_window() -> None:
    code = "print('\u2192 gr\u00fcn')"
    windowless, detached = 0x08000000, 0x00000008

    for options in (system.apart(), system.outliving()):
        assert options["creationflags"] & windowless and not options["creationflags"] & detached
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        env |= {name: value for name, value in os.environ.items() if name == "PYTHONPATH"} | system.ENVIRONMENT
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, timeout=60, **options)
        assert ended.stdout.decode("utf-8").strip() == "\u2192 gr\u00fcn", ended.stderr


@elsewhere
def test_children_get_a_session_of_their_own_and_no_setting() -> None:
    assert system.apart() == system.outliving() == {"start_new_session": True}
    assert system.ENVIRONMENT == {}


def test_a_child_that_outlives_us_belongs_to_no_group_of_ours() -> None:
    with _child(**system.outliving()) as child:
        assert system.session(child.pid) in (child.pid, None)
        assert system.is_ours(psutil.Process(child.pid))


@on_windows
@pytest.mark.parametrize(("options", "survives"), [("apart", False), ("outliving", True)])
def test_children_end_with_a_process_that_is_terminated_but_for_those_that_outlive_it(
    options: str, survives: bool
) -> None:
    with _parent(options) as (parent, child):
        parent.terminate()  # TerminateProcess: nothing of the parent's own runs any more
        parent.wait(10)
        gone, _ = psutil.wait_procs([child], timeout=2 if survives else 10)

        assert bool(gone) is not survives


@on_windows
def test_the_host_of_a_console_is_told_from_the_program_that_has_it() -> None:
    with _child(**system.outliving()) as child:
        process, deadline = psutil.Process(child.pid), time.monotonic() + 30
        while not any(map(system.is_console_host, process.children())):
            assert time.monotonic() < deadline, "the child has no console"
            time.sleep(0.1)

        assert not system.is_console_host(process)


@elsewhere
def test_elsewhere_no_program_has_a_host_of_its_console() -> None:
    assert not system.is_console_host(SimpleNamespace(cmdline=lambda: ["conhost.exe"]))


@elsewhere
def test_what_was_started_apart_is_in_no_group_that_a_ctrl_c_reaches() -> None:
    with _child(**system.apart()) as child:
        assert os.getpgid(child.pid) == child.pid != os.getpgid(0)


@on_windows
def test_who_lets_us_look_is_ours_and_so_are_temporary_files(tmp_path: Path) -> None:
    assert system.is_ours(psutil.Process(os.getppid()))
    assert system.owns(tmp_path)
    assert system.session(os.getpid()) is None


@elsewhere
def test_what_another_user_has_is_not_ours(tmp_path: Path) -> None:
    ours, stranger = os.getuid(), os.getuid() + 1

    for user in (ours, stranger):
        process = SimpleNamespace(uids=lambda user=user: SimpleNamespace(real=user, effective=ours))
        file = SimpleNamespace(stat=lambda user=user: SimpleNamespace(st_uid=user))
        assert system.is_ours(process) is system.owns(file) is (user == ours)
    assert system.owns(tmp_path) and system.is_ours(psutil.Process())


@pytest.mark.parametrize(("platform", "shares"), [("linux", True), ("win32", False), ("darwin", False)])
def test_on_linux_alone_containers_are_on_networks_of_this_host(
    monkeypatch: pytest.MonkeyPatch, platform: str, shares: bool
) -> None:
    monkeypatch.setattr(sys, "platform", platform)

    assert system.shares_network_with_docker() is shares


@elsewhere
def test_children_live_on_until_a_successor_ends_them() -> None:
    with _parent("apart") as (parent, child):
        parent.kill()
        parent.wait(10)

        assert child.is_running()


def test_a_polite_signal_is_one_that_a_program_can_catch() -> None:
    before = {each: signal.getsignal(each) for each in system.POLITE_SIGNALS}
    try:
        for each in system.POLITE_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def test_output_is_utf_8_wherever_it_goes() -> None:
    code = "import cli.main; cli.main.bluegreen = lambda **_: print('\u2192 gr\u00fcn'); cli.main.main()"
    env = {**os.environ, "PYTHONIOENCODING": "cp1252" if system.is_windows() else "utf-8", "PYTHONUTF8": "0"}

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, cwd=ROOT, timeout=60)

    assert ended.stdout.decode("utf-8").strip() == "\u2192 gr\u00fcn", ended.stderr


@contextlib.contextmanager
def _child(**options: object) -> Iterator["subprocess.Popen[bytes]"]:
    code = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = subprocess.Popen(code, stdin=subprocess.DEVNULL, **options)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


@contextlib.contextmanager
def _parent(options: str) -> Iterator[tuple["subprocess.Popen[str]", psutil.Process]]:
    """A process that has bound its children to itself, and a child of it that was started with those options."""
    code = (
        "import subprocess, sys, time\nfrom bluegreen.system import platform\n"
        "platform.end_children_with_us()\n"
        "sleeping = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        f"child = subprocess.Popen(sleeping, **platform.{options}())\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    try:
        yield parent, child
    finally:
        parent.kill()
        with contextlib.suppress(psutil.Error):
            child.kill()
        parent.communicate()
