"""Starts a process that outlives us."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deployment import private, system
from processes import logfile


def spawn(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    """The running child, detached, in that folder; its output goes to the log, which begins anew.

    Raises OSError when the program cannot be run.
    """
    logfile.remove(log)
    with private.emptied(log) as output:
        return subprocess.Popen(
            arguments,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **system.outliving(),
        )
