"""Puts proxy files right: those that somebody has changed since a deployment, and those that no nginx took up."""

from collections.abc import Sequence

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.proxy import Route
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.upkeep import Found
from nginx.file.kept import Kept
from nginx.file.marker import parse, restamp
from nginx.file.preview import preview_of, without_preview
from nginx.file.render import render
from nginx.file.upstream_names import leading
from nginx.proxy import Proxy
from nginx.switch import locked, prepare
from nginx.upkeep.previews import OVER, without_over
from nginx.upstream import upstream_of


def repair(
    proxies: Sequence[Proxy],
    runtime: Runtime,
    kept: Kept,
    found: Found,
    route: Route,
    cancellation: Cancellation,
) -> None:
    """See bluegreen.deployment.upkeep.Upkeep."""
    proxies, marker = [proxy for proxy in proxies if proxy.label in found.wrong], route.marker
    if not proxies:
        return
    with locked(proxies, cancellation):
        texts = {proxy.label: _text(runtime, kept, proxy, route, found) for proxy in proxies}
        running = [proxy for proxy in proxies if proxy.is_running()]
        for proxy in (each for each in proxies if each not in running):
            proxy.replace(texts[proxy.label], marker.order, cancellation)
        if running:
            with prepare(running, texts, marker, cancellation) as switch:
                switch.commit()
        for proxy in proxies:
            kept.confirm(proxy.label, texts[proxy.label])
    for proxy in proxies:
        what = f"{proxy.label}: {proxy.file.name} {found.wrong[proxy.label]}"
        cancellation.report(f"{what}: the file is put right, and leads to {marker.color}")


def _text(runtime: Runtime, kept: Kept, proxy: Proxy, route: Route, found: Found) -> str:
    """The last one that this nginx was seen to serve, which needs no nginx to be made; else a new one.

    Where nothing but a preview is wrong: what is there, without it.
    """
    marker = route.marker
    if found.wrong[proxy.label] == OVER:
        return restamp(without_preview(proxy.file.read() or ""), marker)
    confirmed = without_over(kept.confirmed(proxy.label) or "", found.previewed)
    said = parse(confirmed)
    if said and said.color is marker.color and said.maintenance == marker.maintenance:
        text = restamp(confirmed, marker)
    else:
        address = upstream_of(proxy.settings, runtime, marker.color)
        text = render(proxy.settings, marker, address, proxy.capabilities(), route.maintenance)
        text += preview_of(confirmed)
    hosts = runtime.hosts_in_network(marker.color) if marker.color and proxy.asks_for_names else ()
    return leading(text, bool(hosts), hosts)
