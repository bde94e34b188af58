"""The notifications that are due, by service: written in the step that makes them due, gone once sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from bluegreen.deployment.notification import Kind, kind_of
from bluegreen.deployment.record import Deployment
from bluegreen.store import keys

#: kept for a service that no worker serves
KEPT = 100


@dataclass(frozen=True)
class Entry:
    """One notification that is due."""

    kind: Kind
    deployment_id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.deployment_id}"


def put(pipe: Any, before: Deployment, after: Deployment) -> None:
    """Queue the notification of a change, if it is worth one, into the caller's MULTI."""
    if kind := kind_of(before.state, after.state):
        pipe.rpush(keys.notifications(after.installation, after.service), str(Entry(kind, after.id)))
        pipe.ltrim(keys.notifications(after.installation, after.service), -KEPT, -1)


def due(redis: Any, installation: str, services: Sequence[str]) -> list[str]:
    """The services that have a notification, in one round trip."""
    pipe = redis.pipeline(transaction=False)
    for service in services:
        pipe.exists(keys.notifications(installation, service))
    return [service for service, has in zip(services, pipe.execute(), strict=True) if has]


def first(redis: Redis, installation: str, service: str) -> Entry | None:
    """The oldest that is due. What cannot be read, since another version or a stranger wrote it, is taken out."""
    while (text := redis.lindex(keys.notifications(installation, service), 0)) is not None:
        kind, _, deployment_id = str(text).partition(" ")
        if kind in tuple(Kind) and deployment_id:
            return Entry(Kind(kind), deployment_id)
        redis.lrem(keys.notifications(installation, service), 1, str(text))
    return None


def take_up(redis: Redis, installation: str, service: str, owner: str, seconds: float) -> bool:
    """Whether this worker may send the service's notifications now; after those seconds another one may."""
    return bool(redis.set(keys.sender(installation, service), owner, nx=True, px=int(seconds * 1000)))


def release(redis: Any, installation: str, service: str, owner: str, entry: Entry | None) -> None:
    """Take out what was sent, and let others send the next."""

    def step(pipe: Any) -> None:
        is_ours = pipe.get(keys.sender(installation, service)) == owner
        pipe.multi()
        if entry:
            pipe.lrem(keys.notifications(installation, service), 1, str(entry))
        if is_ours:
            pipe.delete(keys.sender(installation, service))

    redis.transaction(step, keys.sender(installation, service))
