"""A `bluegreen` client that is killed: `python -m tests.chaos.client before|after deploy SERVICE …`.

It dies as by SIGKILL before or after it has its answer; its request is sent by then.
"""

import os
import signal
import sys
from typing import Any
from uuid import uuid4

from bluegreen.store import requests
from bluegreen.store.requests import Asked, Kind
from cli import main

WHEN = sys.argv.pop(1)
_ask = requests.ask


def ask(redis: Any, installation: str, kind: Kind, asked: Asked) -> str:
    """In place of the client's own."""
    request = uuid4().hex
    if WHEN == "after":
        _ask(redis, installation, kind, asked, request)
    else:
        requests.send(redis, installation, kind, asked, request)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it is dead")


if __name__ == "__main__":
    requests.ask = ask
    main.main()
