"""Runs a program where a person watches it: with this terminal, or line by line."""

import contextlib
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from bluegreen.deployment.errors import CommandFailed
from bluegreen.deployment.runtime import Program
from bluegreen.system import environment, platform

#: seconds in which a follower hears that there is nothing new
QUIET_SECONDS = 0.5


def run(program: Program) -> int:
    """Run it to its end with this terminal; its exit status, 128 + N where signal N has ended it.

    Ctrl-C is for the program. Raises CommandFailed when it cannot be started.
    """
    process = _started(program)
    with _passed_on(process.send_signal):
        status = process.wait()
    return status if status >= 0 else 128 - status


def lines_of(program: Program) -> Iterator[str | None]:
    """What the program prints, line by line; None each time that nothing new has come for a while.

    The program is ended when nobody wants more.
    """
    process = _started(program, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines: queue.Queue[bytes | None] = queue.Queue(maxsize=1000)
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
    line: bytes | None = b""
    try:
        while True:
            try:
                line = lines.get(timeout=QUIET_SECONDS)
            except queue.Empty:
                yield None
                continue
            if line is None:
                return
            yield line.decode("utf-8", "replace").rstrip("\r\n")
    finally:
        process.kill()
        while line is not None:  # the reader ends with the pipe, unless it waits for room
            line = lines.get()
        process.wait()


def _read(process: "subprocess.Popen[bytes]", lines: "queue.Queue[bytes | None]") -> None:
    assert process.stdout is not None
    with process.stdout as output:
        for line in output:
            lines.put(line)
    lines.put(None)


def _started(program: Program, **streams: Any) -> "subprocess.Popen[bytes]":
    variables = environment.inherited() if program.variables is None else program.variables
    name, *rest = program.arguments
    try:
        return subprocess.Popen(
            [platform.found(name, variables), *rest], cwd=program.folder, env=dict(variables), **streams
        )
    except OSError as error:
        raise CommandFailed(f"{name} cannot be run: {error.strerror or error}") from error


@contextlib.contextmanager
def _passed_on(send: Callable[[int], None]) -> Iterator[None]:
    """Within the block SIGTERM goes to the program; Ctrl-C, which a terminal sends to both, does not end us."""

    def pass_on(number: int, _frame: FrameType | None) -> None:
        send(number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
