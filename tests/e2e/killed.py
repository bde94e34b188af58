"""A command that kills itself at a point: `python -m tests.e2e.killed "after replace file" repair SERVICE`."""

import os
import signal
import sys

from bluegreen import failpoints
from cli import main

POINT = sys.argv.pop(1)


def die(point: str) -> None:
    if point == POINT:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    failpoints.hook = die
    main.main()
