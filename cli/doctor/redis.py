"""Checks of Redis: each takes a connection, and says what it saw or raises."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from uuid import uuid4

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.redaction import url_without_secrets
from bluegreen.store import durability, keys
from bluegreen.store.clock import redis_time
from bluegreen.store.connection import Client, parsed
from bluegreen.store.refusals import NotPermitted, Refused, advice_on
from bluegreen.system import environment
from cli.doctor.findings import Advice, Unknown

#: the oldest Redis that the tests run on
MINIMUM = (6, 2)
#: seconds by which two clocks may differ before times in the history mislead a person
CLOCK_TOLERANCE = 2.0
#: for so long what is written for a trial is there, where it cannot be taken away again
TRIAL_MILLISECONDS = 10_000


def version(redis: Client) -> str:
    """It has streams, access lists and what Celery needs."""
    text = str(_info(redis, "server").get("redis_version", ""))
    found = tuple(int(number) for number in re.findall(r"\d+", text)[:2])
    if found < MINIMUM:
        oldest = ".".join(map(str, MINIMUM))
        raise UsageError(f"Redis {text or 'of no version'} is too old", advice=f"Install {oldest} or later.")
    return f"Redis {text}"


def persistence(redis: Client) -> str:
    """What is written outlives a restart, and a full memory."""
    _info(redis, "persistence")
    if problems := durability.problems(redis):
        raise UsageError("; ".join(each.what for each in problems), advice=" ".join(each.fix for each in problems))
    return "append-only file, noeviction"


def writes(redis: Client) -> str:
    """Redis takes what is written. The check leaves nothing behind."""
    key = keys.trial(uuid4().hex)
    try:
        redis.set(key, "", px=TRIAL_MILLISECONDS)
        redis.delete(key)
    except NotPermitted:
        raise Unknown("this Redis user may not write", advice="Ask on the deploy host.") from None
    except Refused as refused:
        raise UsageError(
            f"Redis answers, and refuses: {refused.message}",
            "no deployment begins, and those under way wait",
            advice_on(refused),
        ) from refused
    return "are taken"


def clock(redis: Client) -> str:
    """Deadlines go by Redis's clock, what people read by each machine's own."""
    before = datetime.now(UTC)
    theirs = redis_time(redis)
    apart = max((before - theirs).total_seconds(), (theirs - datetime.now(UTC)).total_seconds(), 0.0)
    if apart > CLOCK_TOLERANCE:
        raise Advice(
            f"the clocks of Redis and of this machine differ by {apart:.0f} s",
            advice="Set both by NTP: the times in events and records mislead until then.",
        )
    return "the clocks agree"


def transport(_redis: Client) -> str:
    """Nobody on the way reads the password."""
    target = parsed(environment.redis_url())
    if target.is_tls:
        return "by TLS"
    if all(_is_loopback(host) for host, _ in target.sentinels or [(target.host, target.port)]):
        return "on this machine"
    raise Advice(
        "passwords and messages travel to Redis in clear text",
        url_without_secrets(environment.redis_url()),
        "Use TLS (rediss://) or a tunnel: see docs/operating.md.",
    )


def failover(redis: Client) -> str:
    """When the master goes, another takes its place."""
    if not parsed(environment.redis_url()).sentinels:
        return "one Redis, without Sentinels"
    replication = _info(redis, "replication")
    following = [each for key, each in replication.items() if re.fullmatch(r"slave\d+", key)]
    ready = [each for each in following if each.get("state") == "online"]
    if not ready:
        raise Advice(
            "Sentinels watch a master that no replica follows: a failover is not possible",
            f"{len(following)} replicas, none of them online",
            "Bring a replica up (replicaof in its redis.conf).",
        )
    if "min_slaves_good_slaves" not in replication:  # which Redis says where the setting is there
        raise Advice(
            "a master that is cut off from its replicas goes on taking writes, which a failover loses",
            advice="Set min-replicas-to-write 1: see docs/operating.md#sentinel.",
        )
    return f"by Sentinels, replicas: {len(ready)}"


def _info(redis: Client, section: str) -> Any:
    try:
        return redis.info(section)
    except NotPermitted:
        raise Unknown("this Redis user may not ask (INFO)", advice="Ask on the deploy host.") from None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


CHECKS: dict[str, Callable[[Client], str]] = {
    "version": version,
    "writes": writes,
    "persistence": persistence,
    "clock": clock,
    "transport": transport,
    "failover": failover,
}
