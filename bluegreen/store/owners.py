"""On which installation each service lives: one mark for a name, which no time-out takes away.

An announcement comes and goes with its worker; the mark stays. So a worker of another host, whose config file has
a service of the same name, does not become its deploy host while the real one is restarted.
"""

from collections.abc import Iterable
from typing import Any

from redis import Redis

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.installation import Installation
from bluegreen.store import keys


def every(redis: Redis) -> dict[str, Installation]:
    """Service → where it lives. Raises RecordUnreadable."""
    found: Any = redis.hgetall(keys.owners())
    return {service: _parse(service, text) for service, text in sorted(found.items())}


def of(redis: Any, service: str) -> Installation | None:
    """Where the service lives; None when no worker has ever announced it. Raises RecordUnreadable."""
    text = redis.hget(keys.owners(), service)
    return None if text is None else _parse(service, text)


def place(redis: Redis, installation: str) -> str:
    """The host and the config file of the installation, as a sentence has them."""
    return next((str(each) for each in every(redis).values() if each.id == installation), installation)


def settle(redis: Any, here: Installation, services: Iterable[str]) -> dict[str, Installation]:
    """Have the services live here. Those that live elsewhere are returned, with where; nothing is changed then."""
    wanted = tuple(services)

    def step(pipe: Any) -> dict[str, Installation]:
        known = every(pipe)
        elsewhere = {each: known[each] for each in wanted if each in known and known[each].id != here.id}
        new = [each for each in wanted if known.get(each) != here]
        pipe.multi()
        if new and not elsewhere:
            pipe.hset(keys.owners(), mapping=dict.fromkeys(new, here.as_json()))
        return elsewhere

    found: dict[str, Installation] = redis.transaction(step, keys.owners(), value_from_callable=True)
    return found


def hand_over(redis: Any, service: str, before: Installation, after: Installation) -> bool:
    """Have the service live at `after`. False: it does not live at `before` any more."""

    def step(pipe: Any) -> bool:
        if of(pipe, service) != before:
            return False
        pipe.multi()
        pipe.hset(keys.owners(), service, after.as_json())
        return True

    return bool(redis.transaction(step, keys.owners(), value_from_callable=True))


def refuse(service: str, owner: Installation, here: Installation) -> None:
    """Raise UsageError where the service lives on another installation than this one."""
    if owner.id != here.id and str(owner) == str(here):
        raise UsageError(
            f"{service} lives on another installation",
            f"it has this host and this config file, {here}, and the id {owner.id}; the one that is found here is"
            f" {here.id}: the state folder was lost, or is looked for elsewhere ($STATE_DIRECTORY)",
            "The site serves on meanwhile. Put the folder back, or start the worker as it was started before. "
            f"If the folder is gone for good: bluegreen claim {service}, on this host.",
        )
    if owner.id != here.id:
        raise UsageError(
            f"{service} lives on another installation",
            f"{service} belongs to {owner}; this is {here}",
            "One name, one installation: give the service here another name, or another Redis. "
            f"If that installation is gone for good: bluegreen claim {service}, on this host.",
        )


def _parse(service: str, text: str) -> Installation:
    found = Installation.from_redis(text, keys.owners(), f"what is known of where {service} lives")
    assert found is not None
    return found
