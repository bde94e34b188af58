"""Runs a program to its end: no shell, UTF-8, a time-out of its own, and the whole process tree ended with it."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from deployment.errors import CommandFailed
from deployment.machine import Output
from deployment.runtime import Guard

#: how often a running program's guard is asked whether to go on, in seconds
POLL = 0.1
#: characters of output shown in an error
SHOWN = 2000


def run(
    arguments: Sequence[str],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    guard: Guard | None = None,
) -> Output:
    """Run to the end, whatever its status. Raises CommandFailed when it cannot start or runs too long.

    With a guard, the program is ended as soon as the guard is cut, and the guard's own error is raised.
    """
    # A file, not a pipe: a grandchild that keeps the pipe open would hold us past the time-out.
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd, env=env
            )
        except OSError as error:
            raise CommandFailed(
                f"cannot run {arguments[0]}: {error.strerror or error}",
                advice="Is it installed, and on the PATH of the worker?",
            ) from error
        try:
            _wait(process, timeout, guard)
        except subprocess.TimeoutExpired:
            saw = _text(output)[-SHOWN:]
            raise CommandFailed(f"{' '.join(arguments)} did not end within {timeout:g} s", saw) from None
        finally:
            end_tree(process.pid)
            process.wait()
        return Output(process.returncode, _text(output))


def run_checked(
    arguments: Sequence[str],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    guard: Guard | None = None,
) -> str:
    """The output of a program that ended with status 0; CommandFailed for any other."""
    output = run(arguments, timeout=timeout, cwd=cwd, env=env, guard=guard)
    if output.status != 0:
        raise CommandFailed(
            f"{' '.join(arguments)} ended with status {output.status}", output.text.strip()[-SHOWN:]
        )
    return output.text


def end_tree(pid: int) -> None:
    """End a process and all its children at once; nothing happens when it is gone."""
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in [*parent.children(recursive=True), parent]:
            with contextlib.suppress(psutil.Error):
                process.kill()


def _wait(process: "subprocess.Popen[bytes]", timeout: float, guard: Guard | None) -> None:
    deadline = time.monotonic() + timeout
    while guard is not None and not guard.is_cut():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(POLL)
            return
        if time.monotonic() > deadline:
            raise subprocess.TimeoutExpired(process.args, timeout)
    if guard is not None:
        guard.check()
    process.wait(max(0.0, deadline - time.monotonic()))


def _text(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode("utf-8", "replace").replace("\r\n", "\n")
