"""One process of this host at a time: around a check and the effect that follows from it.

Not the deployment lock, which is in Redis. A holder that was killed lets go by itself (the system frees a file
lock with its process). A holder that is *frozen* (SIGSTOP, a suspended process) never would: it is ended. That
harms nothing, since all its deployments stand still with it, and are taken over from it.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from deployment.errors import PhaseFailed

#: seconds to wait for a holder that is at work
LOCK_TIMEOUT = 30.0
#: seconds between two looks at who holds it
POLL = 1.0


@contextlib.contextmanager
def exclusive(path: Path, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Hold the lock file while the block runs. Raises PhaseFailed when somebody at work does not let go."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhaseFailed(f"cannot make {path.parent}: {error.strerror or error}") from error
    lock, holder = FileLock(path), path.with_suffix(".holder")
    deadline = time.monotonic() + timeout
    while not _acquired(lock):
        _end_if_frozen(holder)
        if time.monotonic() > deadline:
            raise PhaseFailed(
                f"another process of this host holds {path} for more than {timeout:g} s",
                _described(holder),
                "If that is no worker at work, end it, and deploy again.",
            )
    try:
        holder.write_text(json.dumps({"pid": os.getpid(), "created": psutil.Process().create_time()}))
        yield
    finally:
        lock.release()


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=POLL)
    except Timeout:
        return False
    return True


def _end_if_frozen(holder: Path) -> None:
    with contextlib.suppress(psutil.Error):
        if (process := _process(holder)) and process.status() == psutil.STATUS_STOPPED:
            process.kill()


def _described(holder: Path) -> str:
    with contextlib.suppress(psutil.Error):
        if process := _process(holder):
            return f"it is held by pid {process.pid} ({' '.join(process.cmdline())[:200]})"
    return ""


def _process(holder: Path) -> psutil.Process | None:
    """Who wrote itself down; None when it is gone, or its pid is somebody else's by now."""
    with contextlib.suppress(psutil.Error, OSError, ValueError, KeyError):
        written = json.loads(holder.read_text())
        process = psutil.Process(written["pid"])
        # a clock that was set moves all births a little
        return process if abs(process.create_time() - written["created"]) < 1 else None
    return None
