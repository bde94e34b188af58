"""The demo's load, started and read by a test."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cli.demo.load import is_dropped


class Load:
    """Requests on a URL while the `with` block runs; all are answered when it is left."""

    def __init__(self, url: str, folder: Path, rate: float = 60) -> None:
        self.out = folder / f"load-{time.monotonic_ns()}.jsonl"
        self.arguments = [sys.executable, "-m", "cli.demo.load", "--url", url, "--out", str(self.out)]
        self.arguments += ["--rate", str(rate)]

    def __enter__(self) -> "Load":
        self.process = subprocess.Popen(self.arguments, stdin=subprocess.PIPE)
        self.wait_for(lambda lines: len(lines) > 10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(30) == 0

    def lines(self) -> list[dict[str, Any]]:
        """What became of each request, in the order in which they were sent."""
        text = self.out.read_text() if self.out.exists() else ""
        lines = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        return sorted(lines, key=lambda line: line["time"])

    def dropped(self) -> list[dict[str, Any]]:
        """The requests that a user would have seen fail."""
        return [line for line in self.lines() if is_dropped(line)]

    def versions(self) -> list[str]:
        """The versions that answered, in the order of the requests, repetitions left out.

        While nginx's old workers finish, both versions answer: only first appearances count.
        """
        return list(dict.fromkeys(line["version"] for line in self.lines() if "version" in line))

    def wait_for_version(self, version: str) -> None:
        self.wait_for(lambda lines: any(line.get("version") == version for line in lines))

    def wait_for(self, true: Any) -> None:
        deadline = time.monotonic() + 20
        while not true(self.lines()):
            assert time.monotonic() < deadline, "the load shows nothing of it"
            time.sleep(0.02)
