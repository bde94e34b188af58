"""The connection to Redis, for a client (which gives up at once) and for a worker (which waits)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from redis import Connection, ConnectionPool, Redis, SSLConnection
from redis.backoff import ConstantBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from bluegreen.deployment.errors import RedisUnavailable
from bluegreen.deployment.redaction import url_without_secrets
from bluegreen.store import keys, redis_url
from bluegreen.store.failover import following
from bluegreen.store.redis_url import RedisUrl
from bluegreen.store.refusals import (
    CLUSTER,
    Refused,
    Translating,
    advice_on,
    advice_on_silence,
    is_answer,
    is_cluster,
    message_of,
    word_of,
)

T = TypeVar("T")

#: unless the URL says otherwise: seconds for an answer, and after which an idle connection is tried first
DEFAULTS = {"socket_timeout": 5.0, "health_check_interval": 30}
#: a worker in the middle of a phase waits this long for Redis to come back, or to take writes again
WORKER_PATIENCE = 300
#: seconds before a Redis that refuses is asked again: a phase's lease is taken up again before two sweeps miss it
PAUSE = 0.5


class PlainConnection(Translating, Connection):
    """Knows a refusal when it sees one."""


class TlsConnection(Translating, SSLConnection):
    """The same by TLS."""


class Client(Redis):
    """Asks again, for `patience` seconds, what Redis refuses; on a new connection: the master may be another.

    A pipeline that is no transaction is not asked again.
    """

    patience: float = 0

    def execute_command(self, *arguments: Any, **options: Any) -> Any:
        """As redis-py has it."""
        return self._patiently(lambda: super(Client, self).execute_command(*arguments, **options))  # type: ignore[no-untyped-call]

    def transaction(self, func: Callable[[Any], Any], *watches: Any, **options: Any) -> Any:
        """As redis-py has it; refused, it begins again."""
        return self._patiently(lambda: super(Client, self).transaction(func, *watches, **options))

    def _patiently(self, ask: Callable[[], T]) -> T:
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return ask()
            except Refused:
                if time.monotonic() >= deadline:
                    raise
                self.connection_pool.disconnect(inuse_connections=False)
                time.sleep(PAUSE)


class BrokerClient(Redis):
    """Asks, where kombu wants to know whether Redis is there, whether it takes writes: else it is waited for."""

    def ping(self, **_: Any) -> Any:
        """Write what is not there, which changes nothing, and is refused as any other write is."""
        return self.set(keys.nothing(), "", xx=True)


def connect(url: str, patience: float = 0, timeout: float | None = None) -> Client:
    """A client for the URL that tries again for `patience` seconds before an error.

    `timeout`: seconds for a connection, and for each answer, whatever the URL says.
    """
    retry = Retry(ConstantBackoff(1), int(patience)) if patience else Retry(NoBackoff(), 0)
    target = parsed(url)
    times = {} if timeout is None else {"socket_timeout": timeout, "socket_connect_timeout": timeout}
    pool = ConnectionPool(
        connection_class=connection_class(target),
        **DEFAULTS | target.connection | times,
        decode_responses=True,
        retry=retry,
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
    )
    client = Client.from_pool(pool)
    assert isinstance(client, Client)
    client.patience = patience
    return client


def connection_class(target: RedisUrl) -> type[Connection]:
    """Of all connections to that Redis, the records' and the broker's."""
    return following(target, TlsConnection if target.is_tls else PlainConnection)


def broker_settings(url: str) -> dict[str, Any]:
    """What Celery is to know of that Redis; RedisUnavailable where the URL is not clear."""
    target = parsed(url)
    kind = connection_class(target)
    options = target.broker["broker_transport_options"] | {"connection_class": kind, "connection_class_ssl": kind}
    return target.broker | {"broker_transport_options": options}


def wait_until_loaded(url: str, report: Callable[[str], None], seconds: float = WORKER_PATIENCE) -> None:
    """Wait until a Redis that says LOADING has read its data: a few seconds to minutes after its start.

    That it waits is reported once. RedisUnavailable for any other reason at once, and for this one after so many
    seconds.
    """
    deadline, waits = time.monotonic() + seconds, False
    redis = connect(url)
    try:
        while True:
            try:
                with translated(url):
                    redis.time()
                return
            except RedisUnavailable as error:
                is_loading = isinstance(error.__cause__, RedisError) and word_of(error.__cause__) == "LOADING"
                if not is_loading or time.monotonic() >= deadline:
                    raise
                if not waits:
                    report(f"{error.what}; it is waited for, {seconds:g} s at most")
                waits = True
            time.sleep(PAUSE)
    finally:
        redis.close()


def expect_alone(redis: Redis, url: str) -> None:
    """Raise RedisUnavailable where it is a node of a cluster, before anything is written that it would refuse."""
    if is_cluster(redis):
        raise RedisUnavailable(f"Redis at {url_without_secrets(url)} is a Redis Cluster", advice=CLUSTER)


def parsed(url: str) -> RedisUrl:
    """What the URL says; RedisUnavailable where that is not clear."""
    try:
        return redis_url.parse(url)
    except ValueError as error:
        raise RedisUnavailable(
            f"{url_without_secrets(url)} is not a Redis URL: {error}",
            advice="It reads like redis://HOST:6379/0 (rediss:// for TLS, redis+sentinel://HOST,HOST/MASTER/0 for "
            "one that fails over), with :PASSWORD@ before the host where one is wanted: see docs/operating.md.",
        ) from None


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn what redis-py raises into our one error, with the URL and without its password."""
    try:
        yield
    except RedisError as error:
        where = url_without_secrets(url)
        if is_answer(error):
            what, advice = f"Redis at {where} refuses: {message_of(error)}", advice_on(error)
        else:
            what, advice = f"Redis at {where} does not answer: {error}", advice_on_silence(error)
        raise RedisUnavailable(what, advice=advice) from error
