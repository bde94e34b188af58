"""Which maintenances are on, for those who cannot look at the deploy host. What counts is what that host keeps."""

from collections.abc import Mapping
from typing import Any

from redis import Redis

from bluegreen.deployment.installation import Installation
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.value import Unreadable
from bluegreen.store import keys


def announce(redis: Any, installation: str, service: str, maintenance: Maintenance | None) -> None:
    """Afterwards everybody may read that it is on, or that none is."""
    key = keys.maintenance(installation, service)
    text = maintenance.announced.as_json() if maintenance else None
    if redis.get(key) == text:
        return
    if text is None:
        redis.delete(key)
    else:
        redis.set(key, text)


def read(redis: Any, installation: str, service: str) -> Maintenance | None:
    """The one that is on."""
    text: str | None = redis.get(keys.maintenance(installation, service))
    try:
        return Maintenance.from_json(text) if text else None
    except Unreadable:
        return None


def every(redis: Redis, homes: Mapping[str, Installation]) -> dict[str, Maintenance | None]:
    """The same of each service, by its name."""
    return {service: read(redis, home.id, service) for service, home in homes.items()}
