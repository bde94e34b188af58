"""Which workers are alive, and for which services: written by each worker, read by the client."""

import json
import time
from collections.abc import Iterable
from typing import Any

from redis import Redis

from deployment import keys

#: seconds for which an announcement is believed; a worker repeats it every few
BELIEVED_SECONDS = 15


def announce(redis: Redis, worker: str, services: Iterable[str]) -> None:
    """Say that this worker serves these services from now on."""
    until = _redis_time(redis) + BELIEVED_SECONDS
    redis.hset(keys.workers(), worker, json.dumps({"services": sorted(services), "until": until}))


def withdraw(redis: Redis, worker: str) -> None:
    """Say that this worker is gone."""
    redis.hdel(keys.workers(), worker)


def alive(redis: Redis) -> dict[str, list[str]]:
    """Service → the workers that serve it. What is too old to be believed is removed."""
    found: Any = redis.hgetall(keys.workers())
    moment, serving = _redis_time(redis), dict[str, list[str]]()
    for worker, text in found.items():
        announcement = json.loads(text)
        if announcement["until"] < moment:
            redis.hdel(keys.workers(), worker)
            continue
        for service in announcement["services"]:
            serving.setdefault(service, []).append(worker)
    return serving


def _redis_time(redis: Redis) -> float:
    answer: Any = redis.time()
    return time.time() if answer is None else float(answer[0])
