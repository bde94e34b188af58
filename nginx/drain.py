"""Waits until the nginx workers from before a reload have answered their last request."""

import time
from collections.abc import Mapping, Sequence

from deployment.runtime import Guard
from nginx.proxy import Proxy

#: seconds between two looks at the workers, and between two whether to go on
POLL, STEP = 0.1, 0.01


def drain(
    proxies: Sequence[Proxy], old_workers: Mapping[str, tuple[int, ...]], timeout: float, guard: Guard
) -> int:
    """How many old workers are left when all are gone or `timeout` seconds are over. 0: nothing was cut."""
    deadline = time.monotonic() + timeout
    while (left := remaining(proxies, old_workers)) and time.monotonic() < deadline:
        _pause(guard)
    return left


def _pause(guard: Guard) -> None:
    until = time.monotonic() + POLL
    while time.monotonic() < until:
        if guard.is_cut():
            guard.check()
        time.sleep(STEP)


def remaining(proxies: Sequence[Proxy], old_workers: Mapping[str, tuple[int, ...]]) -> int:
    """How many of those workers still run; those of an nginx that is down are gone."""
    return sum(len(set(old_workers.get(proxy.label, ())) & set(proxy.worker_ids())) for proxy in proxies)
