"""Deployments in Redis, as everybody may read them; `bluegreen.store.deployments` writes them."""

import itertools
import logging
from collections.abc import Sequence
from typing import Any, Self

from redis import Redis

from bluegreen.deployment.errors import RecordUnreadable
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from bluegreen.store import keys, owners

log = logging.getLogger(__name__)


class Records:
    """All deployments of one Redis, to be read. What is asked by a service's name is asked of one installation."""

    def __init__(self, redis: Redis, installation: str | None = None) -> None:
        # redis-py's types know nothing of decode_responses: all that comes back here is str
        self.redis: Any = redis
        self._installation = installation

    @property
    def installation(self) -> str:
        """The id of the installation whose services are meant. Without one there are only deployments by id."""
        assert self._installation is not None, "a service's name means nothing without its installation"
        return self._installation

    def at(self, installation: str) -> Self:
        """The same Redis, and the services of that installation."""
        return type(self)(self.redis, installation)

    def home(self, service: str) -> Self:
        """The services of the installation where this one lives; none where no worker has ever announced it."""
        owner = owners.of(self.redis, service)
        return self.at(owner.id if owner else "")

    def get(self, deployment_id: str) -> Deployment | None:
        """The record, or None where there is none (never was, too old, or Redis lost it).

        RecordUnreadable, here and wherever one deployment is changed, when there is something else in its place.
        """
        return parse(deployment_id, self.redis.get(keys.deployment(deployment_id)))

    def history(self, service: str) -> list[Deployment]:
        """The service's deployments, oldest first."""
        return self.records(self.list_ids(service))

    def list_ids(self, service: str) -> list[str]:
        """Their ids, in the same order."""
        ids: list[str] = self.redis.lrange(keys.history(self.installation, service), 0, -1)
        return ids

    def holder(self, service: str) -> Deployment | None:
        """The deployment that holds the service's lock."""
        holder = self.redis.hget(keys.service(self.installation, service), "holder")
        return self.get(holder) if holder else None

    def previewed(self, service: str) -> int | None:
        """The generation of the deployment that may have a preview now; one that cannot be read has none."""
        holder = next(iter(self.records(self.holders([service]))), None)
        return holder.generation if holder else None

    def is_in_hand(self, service: str) -> bool:
        """Whether a deployment has the service's colours in hand: not one that waits for a promotion."""
        holder = self.holder(service)
        return holder is not None and holder.state is not State.AWAITING_PROMOTION

    def holders(self, services: Sequence[str]) -> list[str]:
        """The ids of the deployments that hold the locks of these services, in one round trip."""
        pipe = self.redis.pipeline(transaction=False)
        for service in services:
            pipe.hget(keys.service(self.installation, service), "holder")
        return [each for each in pipe.execute() if each]

    def generation(self, service: str) -> int:
        """The largest one that a deployment of the service has."""
        return int(self.redis.hget(keys.service(self.installation, service), "generation") or 0)

    def live(self, service: str) -> Deployment | None:
        """The last deployment that succeeded, if its record can be read. What really serves, the proxies say."""
        live = self.redis.hget(keys.service(self.installation, service), "live")
        return next(iter(self.records([live])), None) if live else None

    def failed_since(self, service: str) -> Deployment | None:
        """A deployment that failed after the last one that succeeded: what serves since, only nginx knows."""
        live = self.redis.hget(keys.service(self.installation, service), "live")
        newest_first = self.list_ids(service)[::-1]
        newer = self.records(list(itertools.takewhile(lambda each: each != live, newest_first)))
        return next((each for each in newer if each.state is State.FAILED), None)

    def newest_of(self, service: str, release: str) -> Deployment | None:
        """The newest deployment of the release of that name, however it ended; None when none is known."""
        records = reversed(self.history(service))
        return next((each for each in records if each.release and each.release.name == release), None)

    def is_leased(self, deployment_id: str) -> bool:
        """Whether somebody runs a phase of it, or its next message is on the way."""
        return bool(self.redis.exists(keys.lease(deployment_id)))

    def unleased(self, deployments: Sequence[str]) -> list[str]:
        """Those of which nobody runs a phase, in one round trip."""
        pipe = self.redis.pipeline(transaction=False)
        for each in deployments:
            pipe.exists(keys.lease(each))
        return [each for each, leased in zip(deployments, pipe.execute(), strict=True) if not leased]

    def records(self, ids: Sequence[str]) -> list[Deployment]:
        """Those that there are, in this order. One that cannot be read does not hide the others: it is logged."""
        texts = self.redis.mget([keys.deployment(each) for each in ids]) if ids else []
        found = []
        for each, text in zip(ids, texts, strict=True):
            try:
                found.append(parse(each, text))
            except RecordUnreadable as error:
                log.warning("%s", error)
        return [deployment for deployment in found if deployment]


def parse(deployment_id: str, text: str | None) -> Deployment | None:
    """What stands in the record's place; RecordUnreadable when that is not a record."""
    return Deployment.from_redis(text, keys.deployment(deployment_id), f"the record of {deployment_id}")
