"""The differences between systems, on the one that runs this; `make test-windows` runs it on the other."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deployment import system

pytestmark = pytest.mark.unit

on_windows = pytest.mark.skipif(not system.is_windows(), reason="Windows")
elsewhere = pytest.mark.skipif(system.is_windows(), reason="not on Windows")
ROOT = Path(__file__).parents[2]
#: the ways in which code asks what system it is on
ASKED = re.compile(r"sys\.platform|os\.name\b|platform\.system|hasattr\((os|signal|socket)|IS_WINDOWS|__import__")


def test_no_other_file_of_the_product_asks_what_system_it_is_on() -> None:
    rooms = ("cli", "workflows", "tasks", "compose", "nginx", "processes", "source", "deployment")
    files = [*(file for room in rooms for file in (ROOT / room).rglob("*.py")), ROOT / "celeryconfig.py"]

    asking = [file.relative_to(ROOT).as_posix() for file in files if ASKED.search(file.read_text("utf-8"))]

    assert asking == ["deployment/system.py"]


# files


def _replace(there: Path, beside: Path) -> None:
    system.replace(beside, there)


def _remove(there: Path, beside: Path) -> None:
    system.remove(there)


def _rename_around(there: Path, beside: Path) -> None:
    """Rename the folder that the open file is in."""
    system.replace(there.parent, there.parent.with_name("another"))


changes = pytest.mark.parametrize("change", [_replace, _remove, _rename_around])


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
        patched.setattr(system.time, "sleep", lambda _: refused.set())
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
    monkeypatch.setattr(system, "PATIENCE", 0.1)

    with there.open() as reader, pytest.raises(system.HeldOpen, match="another program has it open"):
        change(there, beside)
        assert reader.read() == "old"

    assert there.read_text() == "old"


@on_windows
def test_a_tree_goes_once_its_last_file_is_closed(tmp_path: Path) -> None:
    there, _ = _files(tmp_path)
    reader = there.open()
    closing = threading.Timer(0.2, reader.close)
    closing.start()

    system.remove_tree(there.parent, 10)

    closing.join()
    assert not there.parent.exists()


@elsewhere
@changes
def test_a_file_is_changed_at_once_whoever_reads_it(
    tmp_path: Path, monkeypatch, change: Callable[[Path, Path], None]
) -> None:
    there, beside = _files(tmp_path)
    monkeypatch.setattr(system.time, "sleep", lambda _: pytest.fail("it waited"))

    with there.open() as reader:
        change(there, beside)
        assert reader.read() == "old"

    assert not there.exists() or there.read_text() == "new"


@elsewhere
def test_what_may_not_be_changed_is_refused_at_once(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(system.time, "sleep", lambda _: pytest.fail("it waited"))
    for name in ("replace", "unlink"):
        monkeypatch.setattr(Path, name, lambda *_, **__: (_ for _ in ()).throw(PermissionError()))

    for change in (_replace, _remove):
        with pytest.raises(PermissionError) as raised:
            change(*_files(tmp_path / change.__name__))
        assert not isinstance(raised.value, system.HeldOpen)


def test_a_file_that_is_not_there_is_removed_already(tmp_path: Path) -> None:
    system.remove(tmp_path / "nothing")


def test_a_tree_is_removed_however_long_its_paths_are(tmp_path: Path) -> None:
    deep = tmp_path / "tree"
    for _ in range(12):
        deep = deep / ("a folder with a long name" * 2)
    long = rf"\\?\{deep}" if system.is_windows() else str(deep)
    os.makedirs(long)
    with open(os.path.join(long, "file"), "w", encoding="utf-8") as file:
        file.write("x")

    system.remove_tree(tmp_path / "tree")

    assert not (tmp_path / "tree").exists()
    system.remove_tree(tmp_path / "tree")


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


# services and files of programs


@on_windows
def test_a_service_tells_its_state_and_its_account() -> None:
    known = next(psutil.win_service_iter())

    found = system.service(known.name())

    assert found == system.Service(known.status(), known.username(), known.binpath())
    assert system.service("bluegreen-no-such-service") is None


@elsewhere
def test_elsewhere_there_are_no_services_of_windows() -> None:
    assert system.service("ssh") is None


@on_windows
def test_a_program_file_tells_its_version_if_it_is_the_product_that_was_asked_for() -> None:
    dll = str(Path(sys.executable).with_name(f"python3{sys.version_info[1]}.dll"))

    version = system.version_in(dll, "Python")

    assert version is not None and version[:2] == sys.version_info[:2]
    assert system.version_in(dll, "NSSM") is None
    assert system.version_in(r"C:\nowhere\nssm.exe", "NSSM") is None


@elsewhere
def test_elsewhere_no_file_tells_a_version() -> None:
    assert system.version_in(sys.executable, "Python") is None


@on_windows
def test_a_private_file_is_taken_from_everybody_else_by_number_where_names_are_translated() -> None:
    command = system.to_make_private(Path("definition.xml"), "LocalSystem", r".\ann", r"SHOP\bob")

    assert command == (
        "icacls",
        "definition.xml",
        "/inheritance:r",
        "/grant:r",
        "*S-1-5-18:F",
        "*S-1-5-32-544:F",
        f"{psutil.Process().username()}:F",
        "ann:F",
        r"SHOP\bob:F",
    )


@elsewhere
def test_elsewhere_its_mode_makes_a_file_private(tmp_path: Path) -> None:
    assert system.to_make_private(tmp_path / "secret", "ann") == ()


def _files(folder: Path) -> tuple[Path, Path]:
    """A file in a folder of its own, and another one beside that folder."""
    there, beside = folder / "folder" / "there", folder / "beside"
    there.parent.mkdir(parents=True)
    there.write_text("old")
    beside.write_text("new")
    return there, beside


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
        "import subprocess, sys, time; from deployment import system\n"
        "system.end_children_with_us()\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], **system.{options}())\n"
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
