"""Starts a process that outlives us. The one place where Windows and POSIX differ in it."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def detached() -> dict[str, Any]:
    """What Popen needs so that neither our end, nor a signal or Ctrl-C meant for us, reaches the child."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS}
    return {"start_new_session": True}


def spawn(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    """The running child, detached, in that folder; its output goes to the log, which begins anew.

    Raises OSError when the program cannot be run.
    """
    log.write_bytes(b"")
    # appending: the children that share this file never write over each other's lines
    with log.open("ab") as output:
        return subprocess.Popen(
            arguments,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **detached(),
        )
