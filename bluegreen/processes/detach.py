"""Starts a process that outlives us."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bluegreen.processes import log_file
from bluegreen.system import platform, private_files


def spawn(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    """The running child, detached, in that folder; its output goes to the log, which begins empty.

    Raises OSError when the program cannot be run.
    """
    log_file.remove(log)
    with private_files.emptied(log) as output:
        return subprocess.Popen(
            arguments,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **platform.outliving(),
        )
