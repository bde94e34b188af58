"""wrk: connections held busy at full speed, and what it tells of their requests."""

import re
import shutil
import signal
import subprocess
from dataclasses import dataclass

CONNECTIONS = 64
#: how long it runs unless it is told to stop, which it is
LONGEST = "30m"
#: seconds for its report
REPORT_TIMEOUT = 30.0


@dataclass(frozen=True)
class Report:
    """What became of the requests."""

    requests: int
    #: connections that could not be made, that ended under a request, or that waited too long for an answer
    cut: int
    #: answers with a status of 400 and above
    wrong: int


def parse(text: str) -> Report:
    """Raises ValueError when no request was answered. wrk tells of errors only where there are some."""
    requests = re.search(r"^ *(\d+) requests in", text, re.MULTILINE)
    if requests is None or int(requests[1]) == 0:
        raise ValueError(f"wrk tells of no request:\n{text}")
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    cut = sum(map(int, sockets.groups())) if sockets else 0
    return Report(int(requests[1]), cut, int(wrong[1]) if wrong else 0)


class Wrk:
    """It runs from the beginning of a `with` block until `stop`."""

    def __init__(self, url: str) -> None:
        binary = shutil.which("wrk")
        if binary is None:
            raise RuntimeError("there is no wrk: apt-get install wrk, or brew install wrk")
        self.command = [binary, "-c", str(CONNECTIONS), "-t", "2", "-d", LONGEST, url]

    def __enter__(self) -> "Wrk":
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def stop(self) -> Report:
        """What it has seen. Raises RuntimeError when it did not last until now, or ends badly."""
        lasted = self.process.poll() is None
        self.process.send_signal(signal.SIGINT)
        text = self.process.communicate(timeout=REPORT_TIMEOUT)[0]
        if not lasted or self.process.returncode != 0:
            raise RuntimeError(f"wrk ended by itself or with {self.process.returncode}:\n{text}")
        return parse(text)
