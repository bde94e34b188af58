"""The users of bench/mixed_load.py, in a process of their own, and what became of each visit."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

#: seconds for the last answers
END_TIMEOUT = 60.0


@dataclass(frozen=True)
class Visit:
    """One request or one WebSocket: of which kind, when it was due, how long it took, why it failed."""

    kind: str
    due: float
    seconds: float
    error: str | None


class Users:
    """They come from the beginning of a `with` block until `finish`."""

    def __init__(self, url: str, rate: float) -> None:
        self.command = [sys.executable, "-m", "bench.mixed_load", url, str(rate)]

    def __enter__(self) -> "Users":
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def finish(self) -> Sequence[Visit]:
        """All of them, once the last is over. Raises RuntimeError when the load did not last, or ends badly."""
        lasted = self.process.poll() is None
        lines = self.process.communicate(timeout=END_TIMEOUT)[0].splitlines()
        if not lasted or self.process.returncode != 0:
            raise RuntimeError(f"the load ended by itself or with {self.process.returncode}")
        return [Visit(**json.loads(line)) for line in lines]
