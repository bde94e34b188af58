"""A Redis that fails over: a master, a replica, and three Sentinels that watch them."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from redis import Redis

from cli.demo.servers import Server, find_redis, free_port, redis_answers
from tests.own_redis import OwnRedis

MASTER = "shop"
#: milliseconds after which a Sentinel takes a master for gone, and for one failover
DOWN_AFTER, FAILOVER = 400, 4000
SENTINELS = 3
#: until a failover is over, on a busy machine
SECONDS = 30.0


def wait(true: Callable[[], bool], what: str) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


class Replicated:
    """Two of them, of which either may be the master; within its `with` block the replica follows."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.redises = [
            OwnRedis(folder / name, "--repl-diskless-sync-delay", "0", *options) for name in ("a", "b")
        ]
        self.ports = [free_port() for _ in range(SENTINELS)]
        self.url = f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in self.ports)}/{MASTER}/0"
        self._servers = ExitStack()

    def __enter__(self) -> "Replicated":
        with ExitStack() as servers:
            first, second = self.redises
            second.server.arguments += ["--replicaof", f"127.0.0.1 {first.port}"]
            for each in self.redises:
                servers.enter_context(each)
            for port in self.ports:
                sentinel = servers.enter_context(self._sentinel(port))
                sentinel.wait_until(lambda port=port: redis_answers(port), "a Sentinel")  # type: ignore[misc]
            wait(self._is_watched, "all to know each other")
            self._servers = servers.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._servers.close()

    @property
    def master(self) -> OwnRedis:
        """The one that the first Sentinel names."""
        return next(each for each in self.redises if each.port == self._named(self.ports[0]))

    def fail_over(self) -> OwnRedis:
        """Kill the master as by a power cut, and wait until every Sentinel names the other; the one that was."""
        was = self.master
        was.end(signal.SIGKILL)
        wait(lambda: all(self._named(port) not in (None, was.port) for port in self.ports), "a new master")
        wait(lambda: self._role(self.master) == "master", "it to be one")
        return was

    def part(self) -> None:
        """From now on the replica gets nothing more of what is written."""
        replica = next(each for each in self.redises if each is not self.master)
        with Redis.from_url(replica.url) as redis:
            redis.replicaof("127.0.0.1", 1)

    def bring_back(self, was: OwnRedis) -> None:
        """Afterwards it follows the new master."""
        was.start()
        wait(lambda: self._role(was) == "slave", "the old one to follow")
        wait(self._follows, "the old one to have caught up")

    @contextmanager
    def _admin(self) -> Iterator[Redis]:
        """The master, reached directly."""
        with Redis.from_url(self.master.url, decode_responses=True) as redis:
            yield redis

    def _is_watched(self) -> bool:
        states = [self._ask(port, "SENTINEL", "MASTER", MASTER) for port in self.ports]
        pairs = [dict(zip(each[::2], each[1::2], strict=True)) for each in states]
        known = [(each["num-slaves"], each["num-other-sentinels"], each["flags"]) for each in pairs]
        return set(known) == {("1", str(SENTINELS - 1), "master")} and self._follows()

    def _follows(self) -> bool:
        with self._admin() as redis:
            return bool(redis.info("replication").get("slave0", {}).get("state") == "online")

    def _role(self, one: OwnRedis) -> str:
        with Redis.from_url(one.url, decode_responses=True) as redis:
            return str(redis.info("replication")["role"])

    def _named(self, port: int) -> int | None:
        found = self._ask(port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)
        return int(found[1]) if found else None

    def _ask(self, port: int, *command: str) -> list[str]:
        with Redis(port=port, decode_responses=True, protocol=2) as sentinel:
            sentinel.response_callbacks.clear()
            return list(sentinel.execute_command(*command) or [])

    def _sentinel(self, port: int) -> Server:
        folder = self.folder / str(port)
        folder.mkdir()
        conf = folder / "sentinel.conf"
        lines = (
            f"port {port}",
            "bind 127.0.0.1",
            f"dir {folder}",
            f"sentinel monitor {MASTER} 127.0.0.1 {self.redises[0].port} 2",
            f"sentinel down-after-milliseconds {MASTER} {DOWN_AFTER}",
            f"sentinel failover-timeout {MASTER} {FAILOVER}",
        )
        conf.write_text("\n".join(lines) + "\n")
        return Server([find_redis(), str(conf), "--sentinel"], folder / "log")
