"""A Redis of a test's own, that ends and comes back with or without its data."""

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from bluegreen.system import platform
from cli.demo.servers import Server, free_port, listens, redis_answers, redis_server

#: data of which a Redis says LOADING for two minutes, unless it is told to hurry
KEYS, KEY_BYTES = 300, 1100
SLOWLY = ("--key-load-delay", "400000", "--loading-process-events-interval-bytes", "1024")


class OwnRedis:
    """A Redis of the test's own, that ends and comes back with or without its data."""

    def __init__(self, folder: Path, *options: str) -> None:
        if platform.is_windows():
            pytest.skip("there is no redis-server for Windows")
        folder.mkdir()
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.server = redis_server(folder, self.port)
        self.server.arguments += options

    def __enter__(self) -> "OwnRedis":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()

    def start(self) -> None:
        self.server.start()
        self.server.wait_until(lambda: redis_answers(self.port), "Redis")

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Ends it, and within the block it is there again, and says LOADING; afterwards it has read its data."""
        with Redis.from_url(self.url) as admin:
            for number in range(KEYS):
                admin.set(f"filler:{number}", random.randbytes(KEY_BYTES))
            admin.bgrewriteaof()  # of what comes as single commands, it says nothing while it reads them
            while admin.info("persistence")["aof_rewrite_in_progress"]:
                pass
        self.end(signal.SIGTERM)
        quick = self.server
        self.server = Server([*quick.arguments, *SLOWLY], quick.log)
        self.server.start()
        self.server.wait_until(lambda: listens(self.port), "Redis")
        try:
            yield
        finally:
            with Redis.from_url(self.url) as admin:
                admin.config_set("key-load-delay", 0)
            self.server.wait_until(lambda: redis_answers(self.port), "Redis")

    def end(self, number: signal.Signals) -> None:
        """End it by this signal; afterwards nothing listens."""
        assert self.server.process is not None
        self.server.process.send_signal(number)
        self.server.process.wait(10)

    def lose_data(self) -> None:
        """Forget all that is on disk, while it is down."""
        for file in self.folder.rglob("*.aof*"):
            file.unlink(missing_ok=True)
        (self.folder / "dump.rdb").unlink(missing_ok=True)
