"""Users of the site who do other things than plain requests, until they are told to stop."""

import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import Self
from urllib.parse import urlsplit

from tests.stack.websocket import Closed, WebSocket


class User:
    """Repeats `visit` in a thread; counts the good ones and keeps what went wrong."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.good = 0
        self.failed: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()
        self._thread.join(30)

    def finish(self) -> None:
        """Begin no further visit."""
        self._over.set()

    def visit(self) -> None:
        raise NotImplementedError

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self.visit()
                self.good += 1
            except (OSError, EOFError, HTTPException, Closed, AssertionError) as error:
                self.failed.append(f"{type(error).__name__}: {error}")


class Talker(User):
    """Opens a WebSocket, says five things in half a second, leaves."""

    def visit(self) -> None:
        websocket = WebSocket(self.url)
        for number in range(5):
            assert websocket.echo(f"message {number}") == f"message {number}"
            time.sleep(0.1)
        websocket.leave()


class Dweller(User):
    """Keeps one WebSocket as long as the site lets it; `ends` are the codes with which the site closed it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.ends: list[int] = []
        #: messages answered on the connection of now
        self.said = 0

    def visit(self) -> None:
        websocket = WebSocket(self.url)
        self.said = 0
        try:
            while not self._over.is_set():
                assert websocket.echo("still here?") == "still here?"
                self.said += 1
                time.sleep(0.1)
            websocket.leave()
        except Closed as closed:
            self.ends.append(closed.code)
            websocket.close()


class Listener(User):
    """Reads a stream of ten lines to its end, each time on a new connection."""

    def visit(self) -> None:
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=10)
        try:
            connection.request("GET", "/stream")
            response = connection.getresponse()
            lines = response.read().decode().splitlines()
            assert (response.status, len(lines)) == (200, 10), f"{response.status}: {lines}"
            assert len({line.split(" ", 1)[1] for line in lines}) == 1, "two versions in one answer"
        finally:
            connection.close()
