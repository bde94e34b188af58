"""Redis's own clock: the one that all clients and workers share."""

from datetime import UTC, datetime
from typing import Any

from redis import Redis


def redis_time(redis: Redis) -> datetime:
    """This moment in UTC, to the microsecond."""
    answer: Any = redis.time()
    seconds, microseconds = answer
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(microseconds))
