"""What we know of a colour's process, on disk: it must be found again by a worker that did not start it."""

import sys
import time
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from deployment.record import Frozen

#: Windows refuses to replace a file while somebody reads it; a reader is done within this many tries
TRIES = 20
PAUSE = 0.02


class ProcessState(Frozen):
    """One start. Without a pid it is an intent: the process may have been spawned, or not."""

    deployment: str
    release: str
    started: datetime
    pid: int | None = None
    #: when the system says the process began: a pid alone may be a stranger's by now
    created: float | None = None


def load(path: Path) -> ProcessState | None:
    """What was saved; None when there is nothing, or nothing that can be read."""
    try:
        return ProcessState.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def save(path: Path, state: ProcessState) -> None:
    """Replace the file as a whole: a reader, or a kill, sees the old state or the new one."""
    beside = path.with_suffix(".json.new")
    beside.write_text(state.model_dump_json(), encoding="utf-8")
    for attempt in range(1, TRIES + 1):
        try:
            beside.replace(path)
            return
        except PermissionError:
            if sys.platform != "win32" or attempt == TRIES:
                raise
            time.sleep(PAUSE)
