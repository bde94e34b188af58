"""Steady requests to a site: `python -m cli.demo.load --url http://127.0.0.1:8000`, until its input is closed.

One JSON line for each request goes to the output. The requests leave at a fixed rate, however long the answers
take: a site that stalls does not slow down the users who come to it. Nothing is tried twice.
"""

import argparse
import json
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

#: requests on their way at once; more would wait in line here
USERS = 64
#: keep-alive connections that wait for their next request; few, so that none of them is idle for long
KEPT = 8
#: seconds until a request without an answer counts as dropped
TIMEOUT = 10.0
#: every so many requests: one to /slow, one on a connection of its own (no common factor, so both kinds are slow)
SLOW_EVERY, FRESH_EVERY = 20, 3
#: seconds after which it ends by itself, whatever became of the program that started it
LONGEST = 300.0


class Load:
    """The users of one site."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.timeout = timeout
        self._idle: deque[HTTPConnection] = deque()

    def run(self, rate: float, over: threading.Event) -> None:
        """Send until it is over or LONGEST seconds have passed, then wait for the answers still to come."""
        started = time.monotonic()
        with ThreadPoolExecutor(USERS) as users:
            number = 0
            while not over.wait(max(0.0, started + number / rate - time.monotonic())):
                users.submit(self.request, number)
                number += 1
                if number / rate > LONGEST:
                    break
        while self._idle:
            self._idle.pop().close()

    def request(self, number: int) -> None:
        """Send one request and tell what became of it."""
        path = f"/slow?{number}" if number % SLOW_EVERY == 0 else f"/?{number}"
        kept = number % FRESH_EVERY != 0
        connection = self._connection(kept)
        sent = time.monotonic()
        try:
            told = _answer(connection, path, kept)
        except (OSError, HTTPException, ValueError) as error:
            connection.close()
            told = {"status": None, "error": f"{type(error).__name__}: {error}"}
        seconds = round(time.monotonic() - sent, 4)
        _tell({"at": time.time(), "seconds": seconds, "path": path, "kept": kept, **told})
        self._put_away(connection, kept)

    def _connection(self, kept: bool) -> HTTPConnection:
        # The one that has waited longest comes first, so that all of them stay busy.
        try:
            return self._idle.popleft() if kept else self._new()
        except IndexError:
            return self._new()

    def _new(self) -> HTTPConnection:
        return HTTPConnection(*self.address, timeout=self.timeout)

    def _put_away(self, connection: HTTPConnection, kept: bool) -> None:
        # sock is None where the server said "Connection: close", which is its right
        if kept and connection.sock is not None and len(self._idle) < KEPT:
            self._idle.append(connection)
        else:
            connection.close()


def _answer(connection: HTTPConnection, path: str, kept: bool) -> dict[str, Any]:
    connection.request("GET", path, headers={"Connection": "keep-alive" if kept else "close"})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        return {"status": response.status, "error": response.reason}
    said = json.loads(body)
    return {"status": response.status, "color": said["color"], "version": said["version"]}


def _tell(line: dict[str, Any]) -> None:
    # One write for the line and its end: many threads write.
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Send until the standard input is closed: its other end may say so, or may have died."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--rate", type=float, default=100, help="requests a second")
    options = parser.parse_args()
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    Load(options.url).run(options.rate, over)


if __name__ == "__main__":
    main()
