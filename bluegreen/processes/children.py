"""The processes that this very worker has spawned: reaped when they end, their exit codes remembered.

Only the parent can learn an exit code, and only the parent can clear away a zombie. A colour may have been
started by a worker that is gone; then the system reaps it, and its exit code is not known.
"""

import atexit
import subprocess
import threading

Identity = tuple[int, float]

_lock = threading.Lock()
_children: dict[Identity, "subprocess.Popen[bytes]"] = {}


def keep(pid: int, created: float, child: "subprocess.Popen[bytes]") -> None:
    """Remember a child; of those that ended, only as many as there can be colours of interest."""
    with _lock:
        ended = [identity for identity, each in _children.items() if each.poll() is not None]
        for identity in ended[:-50]:
            del _children[identity]
        _children[pid, created] = child


def exit_code(pid: int, created: float) -> int | None:
    """How our child ended; None while it runs, and when it is not our child. It is no zombie afterwards."""
    with _lock:
        child = _children.get((pid, created))
    return None if child is None else child.poll()


def reap() -> None:
    """Clear away every child of ours that has ended."""
    with _lock:
        for child in _children.values():
            child.poll()


@atexit.register
def _let_go() -> None:
    """They live on, as they should: without this, each would be reported as forgotten when we exit."""
    for child in _children.values():
        if child.poll() is None:
            child.returncode = 0
