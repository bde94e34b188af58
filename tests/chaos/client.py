"""A `bluegreen` client that is killed: `python -m tests.chaos.client before|after deploy SERVICE …`.

It dies as by SIGKILL before or after its deployment's first message is sent; the record is written by then.
"""

import os
import signal
import sys

from cli import main, request
from deployment.record import Record

WHEN = sys.argv.pop(1)
_launch = request.launch


def launch(record: Record) -> None:
    """In place of the client's own."""
    if WHEN == "after":
        _launch(record)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    request.launch = launch
    main.main()
