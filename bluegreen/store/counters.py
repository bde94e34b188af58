"""What a service's deployments came to, added up in Redis in the step in which each ends: once, and for good.

The history forgets, these do not; and whoever shows them may restart, since none of them is in a process.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from redis import Redis

from bluegreen.deployment.installation import Installation
from bluegreen.deployment.record import Deployment
from bluegreen.store import keys

DEPLOYMENTS, PHASES, SECONDS, REQUESTS, FAILED = "deployments", "phases", "seconds", "requests", "failed"


@dataclass(frozen=True)
class Count:
    """One number of a service: what is counted, by what (kind and result, or phase), and how much it is."""

    service: str
    what: str
    by: tuple[str, ...]
    value: float


def add(pipe: Any, deployment: Deployment) -> None:
    """Queue what a deployment that ends came to into the caller's MULTI."""
    key = keys.counters(deployment.installation, deployment.service)
    pipe.hincrby(key, f"{DEPLOYMENTS} {deployment.kind} {deployment.state}", 1)
    for entry in deployment.phases:
        if entry.seconds is not None:
            pipe.hincrby(key, f"{PHASES} {entry.name}", 1)
            pipe.hincrbyfloat(key, f"{SECONDS} {entry.name}", entry.seconds)
    if deployment.receipt:
        pipe.hincrby(key, REQUESTS, deployment.receipt.requests)
        pipe.hincrby(key, FAILED, deployment.receipt.failed)


def read(redis: Redis, homes: Mapping[str, Installation]) -> Iterator[Count]:
    """The numbers of every service that lives somewhere and has had a deployment there."""
    for service, home in homes.items():
        found: Any = redis.hgetall(keys.counters(home.id, service))
        for field, value in found.items():
            what, *by = field.split()
            yield Count(service, what, tuple(by), float(value))
