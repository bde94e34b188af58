"""The command in processes of its own, without the start of a Python for each.

One process has imported what every command needs, and forks itself into each: half a second of work less. What a
command imports by itself it still does, and its start from nothing is tested by those that say so: the installed
wheel, a project's own code, exits.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]


class Forker:
    """Runs one command after the other; ends with the process that has made it."""

    def __init__(self) -> None:
        line = [sys.executable, "-m", "tests.e2e.forked"]
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        atexit.register(self.end)

    def end(self) -> None:
        """It ends when nothing more can be asked for."""
        self.process.communicate()

    def run(self, arguments: list[str], env: dict[str, str], timeout: float) -> "subprocess.CompletedProcess[str]":
        """As subprocess.run does with `bluegreen`, standing where this process stands."""
        with tempfile.NamedTemporaryFile() as output, tempfile.NamedTemporaryFile() as errors:
            files = {"output": output.name, "errors": errors.name}
            with self.lock:
                was_late = threading.Event()
                status = self._status(
                    files | {"arguments": arguments, "env": env, "cwd": os.getcwd()}, timeout, was_late
                )
            said = [Path(each).read_text("utf-8") for each in files.values()]
        if was_late.is_set():
            raise subprocess.TimeoutExpired(arguments, timeout, *said)
        return subprocess.CompletedProcess(arguments, status, *said)

    def _status(self, order: dict[str, Any], timeout: float, was_late: threading.Event) -> int:
        try:
            pid = self._say(order)
            patience = threading.Timer(timeout, self._kill, (pid, was_late))
            patience.start()
            status = self._heard()
            patience.cancel()
        except BaseException:
            # A test that is cut off leaves an answer unread: the next command would take it for its own.
            self.process.kill()
            forker.cache_clear()
            raise
        return status

    def _kill(self, pid: int, was_late: threading.Event) -> None:
        was_late.set()
        with suppress(ProcessLookupError):  # it may have ended in this very moment
            os.kill(pid, 9)

    def _say(self, order: dict[str, Any]) -> int:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self._heard()

    def _heard(self) -> int:
        assert self.process.stdout
        return int(self.process.stdout.readline())


@cache
def forker() -> Forker:
    """The one of this process."""
    return Forker()


def become(order: dict[str, Any]) -> NoReturn:
    """Be that command, from its first line to its exit."""
    for number, name, mode in ((0, os.devnull, "r"), (1, order["output"], "w"), (2, order["errors"], "w")):
        with open(name, mode) as file:
            os.dup2(file.fileno(), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    sys.argv = ["bluegreen", *order["arguments"]]
    from bluegreen.__main__ import main

    main()
    sys.exit("a command ends its process")


def serve() -> None:
    """Fork into each command that is asked for, and tell its process id, then its status."""
    import cli.context  # noqa: F401
    import cli.main  # noqa: F401

    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            become(json.loads(line))
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
