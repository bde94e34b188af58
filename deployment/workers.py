"""Which workers are alive, for which services, and where they look: written by each worker, read by the client."""

import hashlib
import logging
import socket
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from redis import Redis

from deployment import keys
from deployment.clock import redis_time
from deployment.errors import UsageError
from deployment.frozen import Frozen, Unreadable

log = logging.getLogger(__name__)

#: (service, moment) → the freeze that it is in then
FreezeOf = Callable[[str, datetime], str | None]

#: seconds for which an announcement is believed; a worker repeats it every few
BELIEVED_SECONDS = 15


class Announcement(Frozen, frozen=True):
    """What a worker says of itself."""

    queue: str
    services: tuple[str, ...]
    #: seconds since 1970, by Redis's clock
    until: float
    #: service → the freeze that it is in
    frozen: Mapping[str, str] = {}


def never(_service: str, _moment: datetime) -> None:
    """No freeze at all."""


def own_queue(config: Path) -> str:
    """The queue of this host's workers with that config file: they serve the same services."""
    digest = hashlib.sha256(str(config).encode()).hexdigest()
    return keys.queue(f"{socket.gethostname()}:{digest[:8]}")


def announce(redis: Redis, worker: str, services: Iterable[str], queue: str, frozen: FreezeOf = never) -> None:
    """Say that this worker serves these services from now on, where it looks for messages, and which services are
    in a freeze by its config.
    """
    moment = redis_time(redis)
    told = {service: freeze for service in services if (freeze := frozen(service, moment))}
    until = moment.timestamp() + BELIEVED_SECONDS
    announcement = Announcement(queue, tuple(sorted(services)), until, told)
    redis.hset(keys.workers(), worker, announcement.as_json())


def withdraw(redis: Redis, worker: str) -> None:
    """Say that this worker is gone."""
    redis.hdel(keys.workers(), worker)


def queue_of(redis: Redis, service: str) -> str:
    """Where a worker that is alive for the service looks. Raises UsageError when there is none."""
    believed = _believed(redis).values()
    for each in believed:
        if service in each.services:
            return each.queue
    serving = {name for each in believed for name in each.services}
    raise UsageError(
        f"no worker is running for {service}",
        f"services with a worker: {', '.join(sorted(serving)) or 'none'}",
        "Start one on the deploy host (bluegreen worker), or correct the name.",
    )


def queues(redis: Redis) -> list[str]:
    """Where the workers that are alive look."""
    return sorted({each.queue for each in _believed(redis).values()})


def freeze_of(redis: Redis, service: str) -> str | None:
    """The freeze that the service is in, as its workers' configs have it."""
    found = [each.frozen.get(service) for each in _believed(redis).values()]
    return next((each for each in found if each), None)


def alive(redis: Redis) -> dict[str, list[str]]:
    """Service → the workers that serve it."""
    serving = dict[str, list[str]]()
    for worker, announcement in _believed(redis).items():
        for service in announcement.services:
            serving.setdefault(service, []).append(worker)
    return serving


def _believed(redis: Redis) -> dict[str, Announcement]:
    """What workers have announced. What is too old to be believed is removed, and what is no announcement."""
    found: Any = redis.hgetall(keys.workers())
    moment, believed = redis_time(redis).timestamp(), dict[str, Announcement]()
    for worker, text in found.items():
        try:
            announcement = Announcement.from_json(text)
        except Unreadable as error:
            log.warning("what the worker %s says of itself is removed, it cannot be read: %s", worker, error)
            redis.hdel(keys.workers(), worker)
            continue
        if announcement.until < moment:
            redis.hdel(keys.workers(), worker)
        else:
            believed[worker] = announcement
    return believed
