"""Connections to the master of a Redis that fails over: its Sentinels are asked for each new one.

What breaks, or is refused by one that has just become a replica, is tried again on a new connection: that is how
records and broker follow a failover.
"""

from typing import Any

from redis import Connection
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel

from bluegreen.store.redis_url import RedisUrl

#: seconds for a Sentinel's answer: the next one may have it
SENTINEL_SECONDS = 1.0


class FollowsMaster:
    """Mixed into a connection of redis-py: it leads to whichever Redis its Sentinels name."""

    sentinels: Sentinel
    master: str

    def _connect(self) -> Any:
        try:
            self.host, self.port = self.sentinels.discover_master(self.master)  # type: ignore[no-untyped-call]
        except MasterNotFoundError:
            # what redis-py says here has half a page, and the options of each connection
            asked = ", ".join(_address(each) for each in self.sentinels.sentinels)
            raise RedisConnectionError(f"no Sentinel names a master {self.master} (asked: {asked})") from None
        return super()._connect()  # type: ignore[misc]


def following(url: RedisUrl, connection: type[Connection]) -> type[Connection]:
    """The class of connections to the URL's Redis: the one that is given, or the same by its Sentinels."""
    if not url.sentinels:
        return connection
    sentinels = Sentinel(url.sentinels, sentinel_kwargs=_asked_with(url))  # type: ignore[no-untyped-call]
    return type("Following", (FollowsMaster, connection), {"sentinels": sentinels, "master": url.host})


def _asked_with(url: RedisUrl) -> dict[str, Any]:
    times = {"socket_timeout": SENTINEL_SECONDS, "socket_connect_timeout": SENTINEL_SECONDS}
    tls = {"ssl": True, **url.tls} if url.is_tls else {}
    return {**times, **tls, **url.sentinel_login, "retry": Retry(NoBackoff(), 0)}


def _address(client: Any) -> str:
    where = client.connection_pool.connection_kwargs
    return f"{where['host']}:{where['port']}"
