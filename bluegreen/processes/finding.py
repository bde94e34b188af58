"""Which processes of this host are a colour's: by pid and birth, or by the mark in their environment.

The mark is the path of the colour's state file, so it names service, colour and installation at once. It is
there from the first moment of a process, so it finds one whose pid nobody lived to write down.
"""

import contextlib
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bluegreen.processes import children, state_file
from bluegreen.processes.state_file import ProcessState
from bluegreen.system import platform
from bluegreen.system.programs import every_process

MARK = "BLUEGREEN_STATE"
DEPLOYMENT = "BLUEGREEN_DEPLOYMENT"
RELEASE = "BLUEGREEN_RELEASE"

#: seconds by which two readings of one process's birth may differ
TOLERANCE = 0.02


def current(path: Path) -> tuple[psutil.Process | None, ProcessState | None]:
    """The colour's process and its state; that of one that nobody lived to write down is in its environment.

    Without a process, the state says what was there last, if anything was.
    """
    state = state_file.load(path)
    if state is not None and state.pid is not None:
        return recorded(path, state), state
    process = spawned(path)
    return process, (_state_of(process) if process else state)


def recorded(path: Path, state: ProcessState | None) -> psutil.Process | None:
    """The living process that the state names; None when it ended or its pid is a stranger's by now."""
    if state is None or state.pid is None or state.created is None:
        return None
    children.exit_code(state.pid, state.created)
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(state.pid)
        if is_alive(process) and _is_same(process, state, path):
            return process
    return None


def marked(path: Path) -> list[psutil.Process]:
    """Our own living processes that carry the colour's mark: what we spawned, and its children."""
    children.reap()
    found = [each for each in _own_processes() if is_alive(each) and environment(each).get(MARK) == str(path)]
    return [each for each in found if not platform.is_console_host(each)]


def spawned(path: Path) -> psutil.Process | None:
    """The marked process that we spawned ourselves, as opposed to its children; None when there is none."""
    found = marked(path)
    return next((each for each in tops(found) if platform.session(each.pid) in (each.pid, None)), None)


def tops(processes: Collection[psutil.Process]) -> list[psutil.Process]:
    """Those whose parent is not among them."""
    pids = {each.pid for each in processes}
    return [each for each in processes if _parent_of(each) not in pids]


def family(process: psutil.Process) -> list[psutil.Process]:
    """The process, what descends from it, and what shares its session: a shell's orphans too."""
    with contextlib.suppress(psutil.Error):
        members = {process, *process.children(recursive=True)}
        members.update(each for each in _own_processes() if platform.session(each.pid) == process.pid)
        return [each for each in members if is_alive(each) and not platform.is_console_host(each)]
    return []


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except (psutil.AccessDenied, OSError):
        return True


def environment(process: psutil.Process) -> dict[str, str]:
    """What it was started with; empty where we may not look."""
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}


def _state_of(process: psutil.Process) -> ProcessState:
    variables = environment(process)
    created = process.create_time()
    return ProcessState(
        deployment_id=variables.get(DEPLOYMENT, ""),
        release=variables.get(RELEASE, ""),
        started=datetime.fromtimestamp(created, UTC),
        pid=process.pid,
        created=created,
    )


def _is_same(process: psutil.Process, state: ProcessState, path: Path) -> bool:
    assert state.created is not None
    if abs(process.create_time() - state.created) <= TOLERANCE:
        return True
    # A clock that was set moves the births of all processes (a VM that slept): its mark still says which it is.
    found = environment(process)
    return found.get(MARK) == str(path) and found.get(DEPLOYMENT) == state.deployment_id


def _own_processes() -> Iterator[psutil.Process]:
    """Nobody else's: a mark in another user's process could be a lie."""
    for process in every_process():
        with contextlib.suppress(psutil.Error):
            if platform.is_ours(process):
                yield process


def _parent_of(process: psutil.Process) -> int | None:
    with contextlib.suppress(psutil.Error):
        return process.ppid()
    return None
