"""/healthz of a worker: whether it sweeps, and whether Redis lets it."""

import json
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import click

from bluegreen.deployment.errors import UsageError

#: seconds after which a sweep that has not come round hangs: it pauses for LONGEST_PAUSE (5), and waits for an
#: answer of Redis for a few seconds
STALE_SECONDS = 60.0


class Address(click.ParamType[tuple[str, int]]):
    """HOST:PORT."""

    name = "host:port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        host, _, port = str(value).rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:
            self.fail("should be HOST:PORT, such as 127.0.0.1:8090", param, ctx)
        return host.strip("[]"), int(port)


class Health:
    """What a worker knows of its own health, kept by its sweep."""

    def __init__(self, services: Sequence[str]) -> None:
        self.services = tuple(services)
        self._problem = "it is still starting"
        self._at = time.monotonic()

    def note(self, problem: str) -> None:
        """The sweep has come round; `problem`: why it could not look, empty where it could."""
        self._problem, self._at = problem, time.monotonic()

    def state(self) -> dict[str, Any]:
        """`healthy`, why it is not, and how many seconds ago the sweep came round."""
        age = time.monotonic() - self._at
        problem = self._problem or (f"its sweep has not come round for {age:.0f} s" if age > STALE_SECONDS else "")
        return {
            "healthy": not problem,
            "problem": problem,
            "seconds_since_sweep": round(age, 1),
            "services": self.services,
        }


def serve(address: tuple[str, int], health: Health) -> ThreadingHTTPServer:
    """Answer there from now on, in a thread that ends with the process. UsageError when that cannot be."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/healthz":
                self.send_error(404)
                return
            state = health.state()
            body = json.dumps(state).encode() + b"\n"
            self.send_response(200 if state["healthy"] else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: it is asked each few seconds."""

    try:
        server = ThreadingHTTPServer(address, Answer)
    except OSError as error:
        raise UsageError(
            f"/healthz cannot be answered at {address[0]}:{address[1]}: {error.strerror or error}",
            advice="Name an address of this host and a port that is free: --healthz HOST:PORT.",
        ) from None
    threading.Thread(target=server.serve_forever, name="healthz", daemon=True).start()
    return server
