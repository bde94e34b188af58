"""Steady requests to a site, from a process of its own: `python -m cli.demo.load --url … --out FILE`.

One JSON line for each request is added to FILE when it is over: when it was sent, the seconds that it took, the
status or the error, and what the application says of itself. The requests leave at a fixed rate, however long
the answers take: a site that stalls does not slow down the users who come to it. Nothing is tried twice.
It ends when its standard input is closed, which a parent's death does too.
"""

import argparse
import json
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

#: requests on their way at once; more would wait in line here
USERS = 64
#: keep-alive connections that wait for their next request; few, so that none of them is idle for long
KEPT = 8
#: seconds until a request without an answer counts as dropped
TIMEOUT = 10.0
#: of so many requests, one goes to /slow, and one is on a new connection; both kinds of connection get slow ones
SLOW_EVERY, FRESH_EVERY = 20, 3
#: seconds after which it ends by itself, whatever became of the program that started it
LONGEST = 300.0


class Load:
    """The users of one site."""

    def __init__(self, url: str, out: IO[str]) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._out = out
        self._writing = threading.Lock()
        self._idle: deque[HTTPConnection] = deque()

    def run(self, rate: float, over: threading.Event) -> None:
        """Send until it is over or LONGEST seconds have passed, then wait for the answers still to come."""
        began = time.monotonic()
        with ThreadPoolExecutor(USERS) as users:
            for number in range(int(rate * LONGEST)):
                if over.wait(max(0.0, began + number / rate - time.monotonic())):
                    break
                users.submit(self.request, number)
        while self._idle:
            self._idle.pop().close()

    def request(self, number: int) -> None:
        """Send one request and write down what became of it."""
        path = f"/slow?{number}" if number % SLOW_EVERY == 0 else f"/?{number}"
        kept = number % FRESH_EVERY != 0
        connection = self._connection(kept)
        sent, clock = time.time(), time.monotonic()
        try:
            answer = _answer(connection, path, kept)
        except (OSError, HTTPException, ValueError, LookupError) as error:
            connection.close()
            answer = {"status": None, "error": f"{type(error).__name__}: {error}"}
        seconds = round(time.monotonic() - clock, 4)
        self._write({"time": sent, "seconds": seconds, "path": path, "kept": kept, **answer})
        self._put_away(connection, kept)

    def _connection(self, kept: bool) -> HTTPConnection:
        # The one that has waited longest comes first, so that all of them stay busy.
        try:
            return self._idle.popleft() if kept else self._new()
        except IndexError:
            return self._new()

    def _new(self) -> HTTPConnection:
        return HTTPConnection(*self.address, timeout=TIMEOUT)

    def _put_away(self, connection: HTTPConnection, kept: bool) -> None:
        # sock is None where the server said "Connection: close", which is its right
        if kept and connection.sock is not None and len(self._idle) < KEPT:
            self._idle.append(connection)
        else:
            connection.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        with self._writing:
            self._out.write(json.dumps(line) + "\n")
            self._out.flush()


def is_dropped(line: Mapping[str, Any]) -> bool:
    """Whether a user would have seen this request fail: no answer, half a one, or an error page."""
    return bool(line["status"] != 200)


def _answer(connection: HTTPConnection, path: str, kept: bool) -> dict[str, Any]:
    connection.request("GET", path, headers={"Connection": "keep-alive" if kept else "close"})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        return {"status": response.status, "error": f"{response.status} {response.reason}"}
    release = json.loads(body)
    return {"status": response.status, "color": release["color"], "version": release["version"]}


def main() -> None:
    """Send until the standard input is closed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--rate", type=float, default=100, help="requests a second")
    options = parser.parse_args()
    over = threading.Event()
    threading.Thread(target=_watch_input, args=(over,), daemon=True).start()
    with options.out.open("a", encoding="utf-8") as out:
        Load(options.url, out).run(options.rate, over)


def _watch_input(over: threading.Event) -> None:
    # os.read: a thread inside sys.stdin.read() would hold a lock that the interpreter wants at its end
    while os.read(sys.stdin.fileno(), 1024):
        pass
    over.set()


if __name__ == "__main__":
    main()
