"""Waits until the nginx workers from before a reload have answered their last request."""

import time
from collections.abc import Sequence

from bluegreen.backoff import growing
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.proxy import Retired
from nginx.proxy import Proxy
from nginx.retired import workers_of

#: seconds between the first two looks at the workers, and later, at most: one into a container costs 15 ms
FIRST_POLL, POLL = 0.02, 0.25


def drain(
    proxies: Sequence[Proxy],
    retired: Retired,
    timeout: float,
    cancellation: Cancellation,
) -> int:
    """How many old workers are left when all are gone or `timeout` seconds are over. 0: nothing was cut."""
    deadline, pauses = time.monotonic() + timeout, growing(FIRST_POLL, POLL)
    while (left := remaining(proxies, retired)) and time.monotonic() < deadline:
        cancellation.pause(next(pauses))
    return left


def remaining(proxies: Sequence[Proxy], retired: Retired) -> int:
    """How many of those workers still run; those of an nginx that is down are gone."""
    return sum(len(workers_of(retired.get(proxy.label, "")).intersection(proxy.worker_ids())) for proxy in proxies)
