"""Waits until the nginx workers from before a reload have answered their last request."""

import time
from collections.abc import Mapping, Sequence

from bluegreen.backoff import growing
from bluegreen.deployment.cancellation import Guard
from nginx.proxy import Proxy

#: seconds between the first two looks at the workers, and later, at most: one into a container costs 15 ms
FIRST_POLL, POLL = 0.02, 0.25


def drain(
    proxies: Sequence[Proxy], old_workers: Mapping[str, tuple[int, ...]], timeout: float, guard: Guard
) -> int:
    """How many old workers are left when all are gone or `timeout` seconds are over. 0: nothing was cut."""
    deadline, pauses = time.monotonic() + timeout, growing(FIRST_POLL, POLL)
    while (left := remaining(proxies, old_workers)) and time.monotonic() < deadline:
        guard.pause(next(pauses))
    return left


def remaining(proxies: Sequence[Proxy], old_workers: Mapping[str, tuple[int, ...]]) -> int:
    """How many of those workers still run; those of an nginx that is down are gone."""
    return sum(len(set(old_workers.get(proxy.label, ())) & set(proxy.worker_ids())) for proxy in proxies)
