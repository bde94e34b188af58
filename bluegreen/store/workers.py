"""Which workers are alive, and for which services: written by each worker, read by everybody."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from redis import Redis

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.installation import Installation
from bluegreen.deployment.value import Unreadable, Value
from bluegreen.store import keys, owners
from bluegreen.store.clock import redis_time

log = logging.getLogger(__name__)

#: (service, moment) → the freeze that it is in then
FreezeOf = Callable[[str, datetime], str | None]

#: seconds for which an announcement is believed; a worker repeats it every few
BELIEVED_SECONDS = 15


class Announcement(Value, frozen=True):
    """What a worker says of itself."""

    installation: Installation
    services: tuple[str, ...]
    #: seconds since 1970, by Redis's clock
    until: float
    #: service → the freeze that it is in
    frozen: Mapping[str, str] = {}


def never(_service: str, _moment: datetime) -> None:
    """No freeze at all."""


def announce(
    redis: Redis, worker: str, here: Installation, services: Sequence[str], frozen: FreezeOf = never
) -> dict[str, Installation]:
    """Say that this worker serves these services from now on, and which of them are in a freeze by its config.

    Those that live on another installation are left out, and returned with it: see `owners.settle`. What others
    have said of themselves and is not believed any more is removed.
    """
    elsewhere = owners.settle(redis, here, services)
    moment, ours = redis_time(redis), sorted(each for each in services if each not in elsewhere)
    freezes = {service: freeze for service in ours if (freeze := frozen(service, moment))}
    announcement = Announcement(here, tuple(ours), moment.timestamp() + BELIEVED_SECONDS, freezes)
    redis.hset(keys.workers(), worker, announcement.as_json())
    _forget(redis, moment)
    return elsewhere


def withdraw(redis: Redis, worker: str) -> None:
    """Say that this worker is gone."""
    redis.hdel(keys.workers(), worker)


def serving(redis: Redis, service: str) -> Installation:
    """Where the service lives, with a worker that is alive. Raises UsageError when there is none."""
    owner, believed = owners.of(redis, service), _list_believed(redis).values()
    if owner and any(each.installation.id == owner.id and service in each.services for each in believed):
        return owner
    known = {name for each in believed for name in each.services}
    raise UsageError(
        f"no worker is running for {service}",
        (f"{service} lives on {owner}; " if owner else "")
        + f"services with a worker: {', '.join(sorted(known)) or 'none'}",
        "Start one on the deploy host (bluegreen worker), or correct the name.",
    )


def is_alive(redis: Redis, installation: str) -> bool:
    """Whether a worker of the installation is alive."""
    return any(each.installation.id == installation for each in _list_believed(redis).values())


def freeze_of(redis: Redis, service: str) -> str | None:
    """The freeze that the service is in, as its workers' configs have it."""
    found = [each.frozen.get(service) for each in _list_believed(redis).values()]
    return next((each for each in found if each), None)


def alive(redis: Redis) -> dict[str, list[str]]:
    """Service → the workers that serve it."""
    by_service = dict[str, list[str]]()
    for worker, announcement in _list_believed(redis).items():
        for service in announcement.services:
            by_service.setdefault(service, []).append(worker)
    return by_service


def _list_believed(redis: Redis) -> dict[str, Announcement]:
    """What workers have announced, but for what is too old to be believed."""
    moment = redis_time(redis).timestamp()
    return {worker: each for worker, each in _list_announcements(redis).items() if each and each.until >= moment}


def _forget(redis: Redis, moment: datetime) -> None:
    announced, now = _list_announcements(redis).items(), moment.timestamp()
    over = [worker for worker, each in announced if each is None or each.until < now]
    if over:
        redis.hdel(keys.workers(), *over)


def _list_announcements(redis: Redis) -> dict[str, Announcement | None]:
    """Worker → what it has announced; None for what is not an announcement."""
    texts: Any = redis.hgetall(keys.workers())
    found = dict[str, Announcement | None]()
    for worker, text in texts.items():
        try:
            found[worker] = Announcement.from_json(text)
        except Unreadable as error:
            log.warning("what the worker %s says of itself cannot be read: %s", worker, error)
            found[worker] = None
    return found
