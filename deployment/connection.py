"""The connection to Redis, for a client (which gives up at once) and for a worker (which waits)."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import ConstantBackoff, NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from deployment.environment import without_password
from deployment.errors import RedisUnavailable

#: seconds for a connection and for an answer, unless somebody waits for less
TIMEOUT = 5.0
#: a worker in the middle of a phase waits this long for Redis to come back
WORKER_PATIENCE = 300


def connect(url: str, patience: float = 0, timeout: float = TIMEOUT) -> Redis:
    """A client for the URL that tries again for `patience` seconds before an error.

    `timeout`: seconds for a connection, and for each answer.
    """
    retry = Retry(ConstantBackoff(1), int(patience)) if patience else Retry(NoBackoff(), 0)
    try:
        if not url.startswith(("redis://", "rediss://")):
            raise ValueError("it begins with neither redis:// nor rediss://")
        client = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            health_check_interval=30,
            retry=retry,
            retry_on_error=[RedisConnectionError, RedisTimeoutError],
        )
        # It connects to nothing yet, but says at once when the URL has options that no connection knows.
        client.connection_pool.make_connection()
        return client
    except (ValueError, TypeError) as error:
        raise RedisUnavailable(
            f"{without_password(url)} is not a Redis URL: {error}",
            advice="It reads like redis://[:PASSWORD@]HOST:6379/0 (or rediss:// for TLS).",
        ) from error


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn what redis-py raises into our one error, with the URL and without its password."""
    try:
        yield
    except NoPermissionError as error:
        raise RedisUnavailable(
            f"Redis at {without_password(url)} refuses: {error}",
            advice="Give the user the rights that docs/operating.md lists.",
        ) from error
    except AuthenticationError as error:  # to redis-py a kind of ConnectionError
        raise RedisUnavailable(
            f"Redis at {without_password(url)} refuses this user or password: {error}",
            advice="The URL has them: redis://USER:PASSWORD@HOST:6379/0, with a / @ or # in the password as %2F, "
            "%40, %23. See docs/operating.md#users.",
        ) from error
    except RedisError as error:
        raise RedisUnavailable(
            f"Redis at {without_password(url)} does not answer: {error}",
            advice="Start it, or set BLUEGREEN_REDIS_URL (or redis.url in bluegreen.toml).",
        ) from error
