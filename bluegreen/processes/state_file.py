"""What we know of a colour's process, on disk: it must be found again by a worker that did not start it."""

from datetime import datetime
from pathlib import Path

from bluegreen.deployment.value import Unreadable, Value
from bluegreen.system import private_files


class ProcessState(Value, frozen=True):
    """One start. Without a pid it is an intent: the process may have been spawned, or not."""

    deployment_id: str
    release: str
    started: datetime
    pid: int | None = None
    #: when the system says the process began: a pid alone may be a stranger's by now
    created: float | None = None


def load(path: Path) -> ProcessState | None:
    """What was saved; None when there is nothing, or nothing that can be read."""
    try:
        return ProcessState.from_json(path.read_bytes())
    except (FileNotFoundError, Unreadable):
        return None


def save(path: Path, state: Value) -> None:
    """Replace the file as a whole: a reader, or a kill, sees the old state or the new one."""
    private_files.write(path, state.as_json())
