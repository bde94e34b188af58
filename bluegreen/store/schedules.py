"""How far each schedule has come: one mark for a service, which moves on and never back.

It moves in the same step (WATCH / MULTI) in which the deployment is made. So it does not matter how many beats
run, whether one freezes, or when one is killed: a time makes one deployment or none.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from redis import Redis

from bluegreen.deployment.errors import BlueGreenError
from bluegreen.deployment.value import Value
from bluegreen.store import keys
from bluegreen.store.clock import redis_time

log = logging.getLogger(__name__)

#: seconds for which what a beat has seen counts: it may have been frozen since; git has a minute of them
SEEN_SECONDS = 90

#: seconds for which a beat is believed to be alive; it says so with each look
BELIEVED_SECONDS = 15


class Cursor(Value, frozen=True):
    """Up to when a schedule's times are decided, and what became of the last one."""

    rule: str
    decided: datetime
    outcome: str = ""
    #: the last deployment that it made, and the commit or the image's digest that was to be deployed
    deployment_id: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class ScheduledRun:
    """One time of a schedule that has come, and when that was seen; the version where it was looked for."""

    installation: str
    service: str
    time: datetime
    seen: datetime
    version: str | None = None


class Decided(BlueGreenError):
    """Another beat was quicker, or this one was frozen meanwhile: there is nothing to do."""


def read(redis: Redis, installation: str, service: str) -> Cursor | None:
    """The service's mark; None before any beat has seen its schedule. Raises RecordUnreadable."""
    key = keys.schedule_cursor(installation, service)
    text: Any = redis.get(key)
    return Cursor.from_redis(text, key, f"what is decided of {service}'s schedule")


def ensure_cursor(redis: Any, installation: str, service: str, rule: str) -> Cursor:
    """The mark of this rule. A new rule's begins at this moment, so that it has missed nothing."""
    found = read(redis, installation, service)
    if found is not None and found.rule == rule:
        return found
    moment = redis_time(redis)

    def step(pipe: Any) -> Cursor:
        before = read(pipe, installation, service)
        if before is not None and before.rule == rule:
            return before
        cursor = (before or Cursor(rule=rule, decided=moment)).with_(rule=rule, decided=moment)
        pipe.multi()
        _write(pipe, installation, service, cursor)
        return cursor

    answer: Cursor = redis.transaction(step, keys.schedule_cursor(installation, service), value_from_callable=True)
    if found is not None:
        changed = "%s: its schedule is %s from now on, no more %s; said again and again, two beats differ in it"
        log.warning(changed, service, rule, found.rule)
    return answer


def skip(redis: Any, run: ScheduledRun, outcome: str) -> bool:
    """Decide that the run does not take place. False: it was decided before."""

    def step(pipe: Any) -> bool:
        try:
            cursor = claim(pipe, run)
        except Decided:
            return False
        pipe.multi()
        _write(pipe, run.installation, run.service, cursor.with_(decided=run.time, outcome=outcome))
        return True

    return bool(
        redis.transaction(step, keys.schedule_cursor(run.installation, run.service), value_from_callable=True)
    )


def claim(pipe: Any, run: ScheduledRun) -> Cursor:
    """The mark that the run may move, read in the caller's WATCH. Raises Decided when it has passed the run."""
    cursor = read(pipe, run.installation, run.service)
    is_old = redis_time(pipe) - run.seen > timedelta(seconds=SEEN_SECONDS)
    if cursor is None or cursor.decided >= run.time or is_old:
        raise Decided(f"{run.service}: whether to deploy for {run.time} is decided")
    return cursor


def move(pipe: Any, cursor: Cursor, run: ScheduledRun, deployment_id: str) -> None:
    """Queue the move past the run, for whose sake this deployment is made, into the caller's MULTI."""
    moved = cursor.with_(decided=run.time, outcome=deployment_id, deployment_id=deployment_id, version=run.version)
    _write(pipe, run.installation, run.service, moved)


def beat(redis: Redis, installation: str, name: str) -> None:
    """Say that this beat looks after the schedules."""
    redis.set(keys.beat(installation), name, ex=BELIEVED_SECONDS)


def alive(redis: Redis, installation: str) -> str | None:
    """The beat that said so last; None when all are silent."""
    name: Any = redis.get(keys.beat(installation))
    return name or None


def _write(pipe: Any, installation: str, service: str, cursor: Cursor) -> None:
    pipe.set(keys.schedule_cursor(installation, service), cursor.as_json())
