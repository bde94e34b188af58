"""Lets go of what Redis knows of a service that bluegreen does not deploy any more."""

from typing import Any

from bluegreen import failpoints
from bluegreen.store import keys, owners
from bluegreen.store.records import Records
from bluegreen.store.requests import Kind

#: of a service's keys, beside its lock and its history
OTHERS = (
    keys.schedule_cursor,
    keys.notifications,
    keys.sender,
    keys.counters,
    keys.observation,
    keys.maintenance,
)


def forget_service(records: Records, service: str) -> None:
    """Afterwards Redis has nothing of the service of this installation, its history and its lock included.

    No worker of the installation may be alive: what it has in hand would lose its record.
    """
    here, redis = records.installation, records.redis
    history, held = keys.history(here, service), keys.service(here, service)

    def step(pipe: Any) -> None:
        ids = {*pipe.lrange(history, 0, -1), pipe.hget(held, "live"), pipe.hget(held, "holder")} - {None}
        owner = owners.of(pipe, service)
        pipe.multi()
        for each in ids:
            pipe.delete(keys.deployment(each), keys.events(each), keys.lease(each))
        pipe.delete(held, history, *(of(here, service) for of in OTHERS))
        if owner and owner.id == here:
            pipe.hdel(keys.owners(), service)

    with failpoints.around("forget service"):
        redis.transaction(step, held, history, keys.owners())


def forget_installation(records: Records) -> None:
    """Afterwards nothing waits for a worker of this installation, which has no services any more."""
    here = records.installation
    records.redis.delete(keys.queue(here), keys.beat(here), *(keys.requests(here, kind) for kind in Kind))
