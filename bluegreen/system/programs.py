"""Runs a program to its end: no shell, UTF-8, a time-out of its own, and the whole process tree ended with it."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from uuid import uuid4

import psutil

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import CommandFailed
from bluegreen.deployment.machine import Output
from bluegreen.system import platform, sd_notify
from bluegreen.system.transcript import Transcript

#: in the environment of each program we run: for which service
MARK = "BLUEGREEN_WORKS_FOR"
#: parts a name from the one that a block within it has: see `nothing_left`
PART = "#"
#: variables that no program of ours needs to know
OURS = ("BLUEGREEN_REDIS_URL", "BLUEGREEN_CONFIG", *sd_notify.VARIABLES)
_works_for: ContextVar[str] = ContextVar("works_for", default="")

#: seconds between two looks whether a running program is cancelled
POLL = 0.1
#: a process that is suspended stands still within milliseconds, on a busy machine later
SUSPEND_SECONDS = 5.0
#: one that waits for the disk, or for memory to fork with, is not among them: it goes on to have that child
STILL = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP, psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
#: characters of output shown in an error
SHOWN = 2000


def run(
    arguments: Sequence[str],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    cancellation: Cancellation | None = None,
    given: str | None = None,
    whole: bool = False,
    progress: Callable[[str], None] | None = None,
    shown: int = SHOWN,
) -> Output:
    """Run to the end, whatever its status. Raises CommandFailed when it cannot start or runs too long.

    The last 64 kB of what the program prints come back, for people. `whole`: all of it, for us to read.
    Once cancelled, the program is ended, and the cancellation's own error is raised.
    `given`: what it may read from its standard input, which is empty otherwise; it lies in no file.
    `progress`: called several times a second with what the program has printed so far, and once it has ended.
    `shown`: characters of output in an error.
    """
    environment = _marked(env)
    with Transcript(" ".join(arguments), whole) as output:
        try:
            process = subprocess.Popen(
                [platform.found(arguments[0], environment), *arguments[1:]],
                stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
                stdout=output.file,
                stderr=output.file,
                cwd=cwd,
                env=environment,
                # A Ctrl-C that asks a worker to stop lets the phase in hand end first.
                **platform.apart(),
            )
        except OSError as error:
            raise CommandFailed(
                f"cannot run {arguments[0]}: {error.strerror or error}",
                advice="Is it installed, and on the PATH of the worker?",
            ) from error
        try:
            _give(process, given)
            _wait(process, timeout, cancellation, output, progress)
        except subprocess.TimeoutExpired:
            saw = output.text()[-shown:]
            raise CommandFailed(f"{' '.join(arguments)} did not end within {timeout:g} s", saw) from None
        finally:
            # once it has ended, its pid may be a stranger's
            if process.poll() is None:
                end_tree(process.pid)
                process.wait()
        return Output(process.returncode, output.text())


def run_checked(
    arguments: Sequence[str],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    cancellation: Cancellation | None = None,
    given: str | None = None,
    whole: bool = False,
) -> str:
    """The output of a program that ended with status 0; CommandFailed for any other."""
    output = run(arguments, timeout=timeout, cwd=cwd, env=env, cancellation=cancellation, whole=whole, given=given)
    if output.status != 0:
        raise CommandFailed(
            f"{' '.join(arguments)} ended with status {output.status}", output.text.strip()[-SHOWN:]
        )
    return output.text


@contextlib.contextmanager
def working_for(name: str) -> Iterator[None]:
    """Within the block, programs that this thread runs can be found by the name: see `end_leftovers`."""
    token = _works_for.set(name)
    try:
        yield
    finally:
        _works_for.reset(token)


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """At the end of the block nothing runs on this host that a program of it has left: a fork, a daemon."""
    name = f"{_works_for.get()}{PART}{uuid4().hex}"
    try:
        with working_for(name):
            yield
    finally:
        end_leftovers(name)


def end_leftovers(name: str) -> None:
    """End the programs that a worker, killed or frozen since, was running for this name on this host."""
    for process in every_process():
        with contextlib.suppress(psutil.Error, OSError):
            owner = process.environ().get(MARK, "")
            if owner == name or owner.startswith(f"{name}{PART}"):
                end_tree(process.pid)


def every_process() -> Iterator[psutil.Process]:
    """All processes of this host. psutil's own iteration ends at one that Windows has only half made."""
    for pid in psutil.pids():
        with contextlib.suppress(psutil.Error, OSError):
            yield psutil.Process(pid)


def end_tree(pid: int) -> None:
    """End a process and all its children at once; nothing happens when it is gone."""
    with contextlib.suppress(psutil.Error):
        for process in _held_still(psutil.Process(pid)):
            with contextlib.suppress(psutil.Error):
                process.kill()


def _held_still(process: psutil.Process) -> list[psutil.Process]:
    """The process and all that descend from it, suspended: otherwise one could spawn another while we count."""
    held = {process.pid: process}
    _suspend(process)
    deadline = time.monotonic() + SUSPEND_SECONDS
    with contextlib.suppress(psutil.Error):
        while time.monotonic() < deadline:
            found = [each for each in process.children(recursive=True) if each.pid not in held]
            if not found:
                break
            for each in found:
                _suspend(each)
            held |= {each.pid: each for each in found}
    return list(held.values())


def _suspend(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.Error):
        process.suspend()
        deadline = time.monotonic() + SUSPEND_SECONDS
        while process.status() not in STILL and time.monotonic() < deadline:
            time.sleep(0.001)


def _give(process: "subprocess.Popen[bytes]", given: str | None) -> None:
    """Write its input meanwhile: a program that does not read would hold us past the time-out."""
    pipe = process.stdin
    if given is None or pipe is None:
        return

    def write() -> None:
        with contextlib.suppress(OSError), pipe:  # it may end without reading all
            pipe.write(given.encode())

    threading.Thread(target=write, name=f"input of {process.pid}", daemon=True).start()


def _wait(
    process: "subprocess.Popen[bytes]",
    timeout: float,
    cancellation: Cancellation | None,
    output: Transcript,
    progress: Callable[[str], None] | None,
) -> None:
    deadline = time.monotonic() + timeout
    # With a time-out, Popen's own wait sleeps up to 50 ms past the end.
    ending = threading.Thread(target=process.wait, name=f"wait for {process.pid}", daemon=True)
    ending.start()
    while ending.is_alive():
        left = deadline - time.monotonic()
        if left <= 0:
            raise subprocess.TimeoutExpired(process.args, timeout)
        if cancellation is not None and cancellation.is_cancelled():
            cancellation.check()
        output.keep_short()
        if progress is not None:
            progress(output.text())
        ending.join(min(POLL, left))
    if progress is not None:
        progress(output.text())


def _marked(env: Mapping[str, str] | None) -> dict[str, str]:
    # docker, git and nginx do not get the URL of Redis, with its password.
    inherited = {key: value for key, value in (os.environ if env is None else env).items() if key not in OURS}
    return {**platform.ENVIRONMENT, **inherited, MARK: _works_for.get()}
