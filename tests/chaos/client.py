"""A `bluegreen` client that is killed: `python -m tests.chaos.client before|after deploy SERVICE …`.

It dies as by SIGKILL before or after it has its answer; its request is sent by then.
"""

import os
import signal
import sys
from typing import Any
from uuid import uuid4

from cli import main
from deployment import asks
from deployment.asks import Asked, Kind

WHEN = sys.argv.pop(1)
_ask = asks.ask


def ask(redis: Any, installation: str, kind: Kind, asked: Asked) -> str:
    """In place of the client's own."""
    request = uuid4().hex
    if WHEN == "after":
        _ask(redis, installation, kind, asked, request)
    else:
        asks.send(redis, installation, kind, asked, request)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it is dead")


if __name__ == "__main__":
    asks.ask = ask
    main.main()
