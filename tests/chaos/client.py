"""A `bluegreen` client that is killed: `python -m tests.chaos.client before|after deploy SERVICE …`.

It dies as by SIGKILL before or after its deployment's first message is sent; the record is written by then.
"""

import os
import signal
import sys
from collections.abc import Callable

from cli import main, request
from deployment.record import Record

WHEN = sys.argv.pop(1)
_launcher = request.launcher


def launcher() -> Callable[[Record, str], None]:
    """In place of the client's own."""
    launch = _launcher()

    def deadly(record: Record, queue: str) -> None:
        if WHEN == "after":
            launch(record, queue)
        os.kill(os.getpid(), signal.SIGKILL)

    return deadly


if __name__ == "__main__":
    request.launcher = launcher
    main.main()
