"""Gives each proxy's file another maintenance, or none: whom it serves, and by whose word, stays."""

from collections.abc import Callable, Sequence

from bluegreen.deployment.cancellation import Cancellation, wait_until
from bluegreen.deployment.errors import ProxyRefused
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.proxy import Marker, Route
from bluegreen.deployment.runtime import Runtime
from nginx.file.kept import Kept
from nginx.file.marker import parse
from nginx.file.preview import preview_of
from nginx.file.render import render
from nginx.file.upstream_names import leading
from nginx.live import look
from nginx.proxy import Proxy
from nginx.switch import locked, prepare
from nginx.upstream import upstream_of

#: seconds in which old nginx workers may still answer what was in force before, and between two looks
SETTLE, POLL = 1.0, 0.05


def restate(
    proxies: Sequence[Proxy],
    runtime: Runtime,
    kept: Kept,
    maintenance: Maintenance | None,
    cancellation: Cancellation,
    is_free: Callable[[], bool],
) -> bool:
    """See bluegreen.deployment.upkeep.Upkeep."""
    with locked(proxies, cancellation):
        said = {proxy: marker for proxy in proxies if (marker := _said(proxy, maintenance))}
        if not all(_is_in_force(proxy, marker, cancellation, is_free) for proxy, marker in said.items()):
            return False
        for marker in set(said.values()):
            route = Route.of(marker, maintenance)
            those = [proxy for proxy in said if said[proxy] == marker and not _has(proxy, route.marker, kept)]
            if those:
                _change(those, runtime, kept, route, cancellation)
    return True


def _said(proxy: Proxy, maintenance: Maintenance | None) -> Marker | None:
    """Of a file of ours. What is somebody else's has no page of ours, and gets none."""
    marker = proxy.read()
    if marker is not None and marker.color:
        return marker
    if maintenance is None:
        return None
    raise ProxyRefused(
        f"{proxy.label}: {proxy.file.name} does not belong to bluegreen",
        "a maintenance is written into a file that leads to a colour",
        f"bluegreen repair {proxy.service}",
    )


def _is_in_force(proxy: Proxy, marker: Marker, cancellation: Cancellation, is_free: Callable[[], bool]) -> bool:
    """Whether nginx serves whom its file says; what is written and not taken up is a deployment's affair."""

    def is_same() -> bool:
        served = look(proxy).served
        if served is None:
            return not proxy.is_running() or is_free()
        return served.with_(maintenance=None) == marker.with_(maintenance=None)

    return wait_until(is_same, bool, SETTLE, cancellation, POLL)


def _has(proxy: Proxy, wanted: Marker, kept: Kept) -> bool:
    """Whether the proxy has it all: who was killed on the way to that has left a file that nobody took up."""
    seen, confirmed = look(proxy), parse(kept.confirmed(proxy.label))
    return seen.said == confirmed == wanted and seen.served in (None, wanted)


def _change(
    proxies: Sequence[Proxy], runtime: Runtime, kept: Kept, route: Route, cancellation: Cancellation
) -> None:
    """Those that are down have it for their next start. A preview stays."""
    texts = {proxy.label: _text(proxy, runtime, route) for proxy in proxies}
    running = [proxy for proxy in proxies if proxy.is_running()]
    for proxy in (each for each in proxies if each not in running):
        proxy.replace(texts[proxy.label], route.marker.order, cancellation)
    if running:
        with prepare(running, texts, route.marker, cancellation) as switch:
            switch.commit()
    for proxy in proxies:
        kept.confirm(proxy.label, texts[proxy.label])


def _text(proxy: Proxy, runtime: Runtime, route: Route) -> str:
    color = route.marker.color
    address = upstream_of(proxy.settings, runtime, color)
    text = render(proxy.settings, route.marker, address, proxy.capabilities(), route.maintenance)
    hosts = runtime.hosts_in_network(color) if color and proxy.asks_for_names else ()
    return leading(text, bool(hosts), hosts) + preview_of(proxy.file.read() or "")
