"""The two colours of bench/mixed.py: programs of bench/mixed_app.py."""

import sys
from pathlib import Path

from bluegreen import http
from bluegreen.deployment.states import Color
from cli.demo.servers import Server, free_port

#: how often, and by how many requests at once, a colour is asked that has just been started: a program of Python
#: is slower at first, for a second of the load, whoever switches to it
WARMING, AT_ONCE = 50, 8


class Colors:
    """Each a process of its own, on its own port; killed when the `with` block is left."""

    def __init__(self, folder: Path) -> None:
        self.ports = {color: free_port() for color in Color}
        self.servers = {
            color: Server([sys.executable, "-m", "bench.mixed_app", str(port), color], folder / f"{color}.log")
            for color, port in self.ports.items()
        }

    def __enter__(self) -> "Colors":
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers.values():
            server.kill()

    def start(self, color: Color) -> None:
        """Return when it has answered, and is as quick as it will be."""
        url = f"http://127.0.0.1:{self.ports[color]}/"
        self.servers[color].start()
        self.servers[color].wait_until(lambda: http.get(url, 1.0).status == 200, color)
        for _ in range(WARMING):
            http.bodies_at_once(url, AT_ONCE, 1.0, color)
