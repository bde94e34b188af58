"""The traffic of the demo: runs the load in a process of its own and reads what became of each request."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bluegreen.deployment.errors import BlueGreenError
from bluegreen.system import platform
from cli.demo import load

#: requests a second
RATE = 100
#: seconds until the first answer
START_TIMEOUT = 15.0
#: seconds that the last answers may take
END_TIMEOUT = 12.0


@dataclass(frozen=True)
class Sample:
    """What one request got, and when (a time)."""

    at: float
    dropped: bool = False
    color: str = ""
    version: str = ""
    error: str = ""


class Traffic:
    """Everything that was asked and answered since `start`."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        #: when the first answer came, and when the last request left
        self.began: float | None = None
        self.ended: float | None = None
        self._errors = folder / "load.log"
        self._file = folder / "load.jsonl"
        self._file.touch()
        self._reader: IO[str] = self._file.open(encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._answers: list[Sample] = []
        self._rest = ""

    def start(self) -> None:
        """Requests leave from now on; the first one has been answered. Raises BlueGreenError if none ever is."""
        command = [sys.executable, "-P", load.__file__, "--url", self.url]
        command += ["--out", str(self._file), "--rate", str(RATE)]
        with self._errors.open("ab") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=errors, stderr=errors, **platform.apart()
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers() and self._process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        self.check()
        self.began = self.answers()[0].at

    def answers(self) -> list[Sample]:
        """All so far, in the order in which they came."""
        with self._lock:
            *lines, self._rest = (self._rest + self._reader.read()).split("\n")
            self._answers += [_parse(line) for line in lines]
            return self._answers.copy()

    def check(self) -> None:
        """Raise BlueGreenError unless requests leave and are answered, well or badly."""
        if self._process is None or self._process.poll() is not None or not self.answers():
            raise BlueGreenError("the load does not run", self._errors.read_text(errors="replace")[-1000:])

    def finish(self) -> None:
        """Send no more, and return when what was sent is answered. Raises BlueGreenError if it never is."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.close()
        self.ended = time.time()
        try:
            self._process.wait(END_TIMEOUT)
        except subprocess.TimeoutExpired:
            raise BlueGreenError(f"the load did not end within {END_TIMEOUT:g} s") from None

    def close(self) -> None:
        """Afterwards nothing of it runs; what was in flight is cut and not counted."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._reader.close()


def _parse(line: str) -> Sample:
    answer = json.loads(line)
    words = {name: answer[name] for name in ("color", "version", "error") if name in answer}
    return Sample(answer["time"] + answer["seconds"], load.is_dropped(answer), **words)
