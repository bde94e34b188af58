"""Waits after a reload until nginx serves what its file says: `nginx -s reload` answers before that."""

import time
from collections.abc import Callable, Set

from bluegreen import http
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import ProxyRefused
from bluegreen.deployment.proxy import Marker
from nginx.file.marker import parse
from nginx.file.render import status_host
from nginx.proxy import Proxy

#: seconds that a reload may take until the new workers answer
TIMEOUT = 15.0
#: seconds between two looks
POLL = 0.01
#: connections by which new workers are looked for: for 100 ms the old ones answer beside them
#: (ngx_process_cycle.c), and where there is little to do, those take all that do not come at the same moment
CONNECTIONS = 8


def confirm(proxy: Proxy, marker: Marker, retired_by_switch: Set[int], cancellation: Cancellation) -> None:
    """Return when nginx serves this content; ProxyRefused when it does not within TIMEOUT.

    Where nginx can be asked, its old workers may take new requests for 100 ms more; else they do not any more.
    """
    url = proxy.status_url() if _can_be_asked(proxy, marker) else None
    is_new = _answers(proxy, url, marker) if url else _replaced(proxy, retired_by_switch)
    deadline = time.monotonic() + TIMEOUT
    while not is_new():
        if time.monotonic() > deadline:
            raise ProxyRefused(
                f"{proxy.label}: reloaded, but the new file is not served after {TIMEOUT:g} s",
                f"the proxy says {proxy.served() or 'nothing'}",
                "Look at nginx's error log: a port that it cannot bind keeps the old configuration. A file "
                "that is mounted by itself keeps its old content: mount the folder.",
            )
        cancellation.pause(POLL)


def _can_be_asked(proxy: Proxy, marker: Marker) -> bool:
    """Whether nginx, once it has the file, can be asked for it: somebody else's file answers nothing."""
    return (proxy.file.read() or "").count(marker.as_json()) > 1


def _answers(proxy: Proxy, url: str, marker: Marker) -> Callable[[], bool]:
    host = status_host(proxy.service)
    return lambda: any(parse(body) == marker for body in http.bodies_at_once(url, CONNECTIONS, 1.0, host))


def _replaced(proxy: Proxy, old: Set[int]) -> Callable[[], bool]:
    def replaced() -> bool:
        serving = proxy.serving_workers()
        return bool(serving - old) and not serving & old

    return replaced
