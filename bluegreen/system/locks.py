"""One process of this host at a time: around a check and the effect that follows from it.

Not the deployment lock, which is in Redis. A holder that was killed lets go by itself (the system frees a file
lock with its process). A holder that is *frozen* (SIGSTOP, a suspended process) never would: it is ended. That
harms nothing, since all its deployments stand still with it, and are taken over from it.
"""

import contextlib
import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system import platform, private_files

#: seconds to wait for a holder that is at work
LOCK_TIMEOUT = 30.0
#: seconds between two looks at who holds it
POLL = 1.0


@contextlib.contextmanager
def exclusive(
    path: Path, timeout: float = LOCK_TIMEOUT, cancellation: Cancellation | None = None
) -> Iterator[None]:
    """Hold the lock file while the block runs. Raises PhaseFailed when somebody at work does not let go.

    A cancellation ends the wait; its own error is raised then.
    """
    _make(path.parent)
    lock, holder = FileLock(path), path.with_suffix(".holder")
    deadline = time.monotonic() + timeout
    while not _acquired(lock):
        _end_if_frozen(holder)
        if cancellation is not None and cancellation.is_cancelled():
            cancellation.check()
        if time.monotonic() > deadline:
            raise PhaseFailed(
                f"another process of this host holds {path} for more than {timeout:g} s",
                _described(holder),
                "If that process is not a worker at work, end it, and deploy again.",
            )
    try:
        with contextlib.suppress(OSError):  # on a full disk the lock holds all the same
            holder.write_text(json.dumps({"pid": os.getpid(), "created": psutil.Process().create_time()}))
        yield
    finally:
        lock.release()


def of_host(what: str) -> Path:
    """The lock file of a thing that services share whose config files do not know of each other.

    It is the same for all processes of this user on this host. Raises PhaseFailed when there is no safe place.
    """
    name = f"{_slug(what)[-60:]}-{hashlib.sha256(what.encode()).hexdigest()[:8]}.lock"
    shared = Path(tempfile.gettempdir()) / f"bluegreen-{_slug(psutil.Process().username())}"
    own = platform.state_roots()[0] / "locks"
    # Where everybody may make folders, a stranger's, or a link of theirs, could lead us astray. They may take it
    # away again at any moment: once it has sent us to our own place, that stays the place for all.
    for folder in (own, shared) if own.exists() else (shared, own):
        if private_files.has_folder(folder):
            return folder / name
    raise PhaseFailed(
        "there is no safe place for our locks",
        f"{shared} is not ours alone, and {own} cannot be made",
        f"Have an administrator remove {shared}, or make {own.parent} for this user.",
    )


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise PhaseFailed(f"cannot make {folder}: {error.strerror or error}") from error


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
        written = json.loads(holder.read_text(encoding="utf-8"))
        process = psutil.Process(written["pid"])
        # a clock that was set moves all births a little
        return process if abs(process.create_time() - written["created"]) < 1 else None
    return None
