"""Starts a process that outlives us."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deployment import system


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
            **system.outliving(),
        )
