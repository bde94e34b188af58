"""A real Redis that is there and refuses, for each reason that it has a word for."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from cli.demo.servers import free_port


@dataclass(frozen=True)
class Refusal:
    """`begin` makes Redis refuse by this word, `end` lets it do what it is asked again."""

    word: str
    begin: Callable[[Redis, Path], object]
    end: Callable[[Redis, Path], object]

    def __str__(self) -> str:
        return self.word

    @contextmanager
    def of(self, url: str, folder: Path) -> Iterator[None]:
        """Within the block the Redis with its data in the folder refuses."""
        with Redis.from_url(url) as admin:
            self.begin(admin, folder)
            try:
                yield
            finally:
                self.end(admin, folder)


def _setting(name: str, refusing: object, well: object) -> tuple[Callable[..., object], Callable[..., object]]:
    return (
        lambda admin, _folder: admin.config_set(name, refusing),
        lambda admin, _folder: admin.config_set(name, well),
    )


def _disk_full(admin: Redis, folder: Path) -> None:
    """It cannot write its dump: a folder is in the way."""
    (folder / "dump.rdb").mkdir()
    admin.config_set("save", "3600 1")
    admin.bgsave()
    while admin.info("persistence")["rdb_bgsave_in_progress"]:
        pass


def _disk_free(admin: Redis, folder: Path) -> None:
    admin.config_set("save", "")
    (folder / "dump.rdb").rmdir()


def _replica(admin: Redis, _folder: Path) -> None:
    admin.replicaof("127.0.0.1", free_port())


def _replica_alone(admin: Redis, folder: Path) -> None:
    admin.config_set("replica-serve-stale-data", "no")
    _replica(admin, folder)


def _master(admin: Redis, _folder: Path) -> None:
    admin.replicaof("NO", "ONE")
    admin.config_set("replica-serve-stale-data", "yes")


def _held_up(admin: Redis, _folder: Path) -> None:
    """A script that does not end; the next answers wait until Redis has noticed that."""
    admin.config_set("lua-time-limit", 1)
    threading.Thread(target=_endless, args=(admin,), daemon=True).start()
    while _said(admin.get, "any") != "BUSY":
        pass


def _endless(admin: Redis) -> None:
    with suppress(RedisError, OSError, ValueError):  # its connection may be closed under it
        admin.eval("while true do end", 0)


def _said(ask: Callable[[str], object], what: str) -> str:
    try:
        ask(what)
    except RedisError as error:
        return str(error).partition(" ")[0]
    return ""


def _locked(admin: Redis, _folder: Path) -> None:
    """New connections must give a password, and there are only new ones."""
    admin.get("any")  # so that this one is there before
    admin.config_set("requirepass", "secret")
    admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")  # type: ignore[no-untyped-call]


MISCONF = Refusal("MISCONF", _disk_full, _disk_free)
OOM = Refusal("OOM", *_setting("maxmemory", 1, 0))
READONLY = Refusal("READONLY", _replica, _master)
NOREPLICAS = Refusal("NOREPLICAS", *_setting("min-replicas-to-write", 1, 0))
MASTERDOWN = Refusal("MASTERDOWN", _replica_alone, _master)
BUSY = Refusal("BUSY", _held_up, lambda admin, _folder: admin.script_kill())
NOAUTH = Refusal("NOAUTH", _locked, _setting("requirepass", "", "")[1])
#: those that let nobody write, and everybody read
OF_WRITES = (MISCONF, OOM, READONLY, NOREPLICAS)
#: those that let nobody do anything
OF_ALL = (MASTERDOWN, BUSY, NOAUTH)
