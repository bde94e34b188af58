"""Puts proxy files right: those that somebody has changed since a deployment, and those that no nginx took up."""

from collections.abc import Mapping

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.proxy import Marker
from nginx.file.marker import parse, restamp
from nginx.file.render import render
from nginx.file.upstream_names import leading
from nginx.proxy import Proxy
from nginx.switch import locked, prepare
from tasks.context import PhaseContext
from tasks.site import Found, Site


def repair_files(site: Site, found: Found, marker: Marker, cancellation: Cancellation) -> None:
    """Afterwards each such file leads to the content's colour, the live one, and its nginx has taken that up.

    An nginx that is down has its file for its next start. Raises as a switch does, with the files as they were.
    """
    wrong = find_damage(found)
    proxies = [proxy for proxy in site.proxies if proxy.label in wrong]
    if not proxies:
        return
    with locked(proxies, cancellation):
        texts = {proxy.label: _text(site, proxy, marker) for proxy in proxies}
        running = [proxy for proxy in proxies if proxy.is_running()]
        for proxy in (each for each in proxies if each not in running):
            proxy.replace(texts[proxy.label], marker.order, cancellation)
        if running:
            with prepare(running, texts, marker, cancellation) as switch:
                switch.commit()
        for proxy in proxies:
            site.kept.confirm(proxy.label, texts[proxy.label])
    for proxy in proxies:
        what = f"{proxy.label}: {proxy.file.name} {wrong[proxy.label]}"
        cancellation.report(f"{what}: the file is put right, and leads to {marker.color}")


def find_damage(found: Found) -> Mapping[str, str]:
    """What is the matter with files, by the proxies' labels.

    One that names another colour than its nginx serves was left by a deployment that was unlocked, or that Redis
    forgot, between its write and its reload: any reload would take it up.
    """
    apart = {
        label: f"named {seen.said.color}, and nginx serves {seen.served.color}"
        for label, seen in found.seen.items()
        if seen.served and seen.said and seen.served.color is not seen.said.color
    }
    return {**apart, **found.damaged}


def _text(site: Site, proxy: Proxy, marker: Marker) -> str:
    """The last one that this nginx was seen to serve, which needs no nginx to be made; else one made anew."""
    confirmed = site.kept.confirmed(proxy.label) or ""
    said = parse(confirmed)
    if said and said.color is marker.color:
        text = restamp(confirmed, marker)
    else:
        text = render(proxy.settings, marker, site.upstream(proxy, marker.color), proxy.capabilities())
    hosts = site.runtime.hosts_in_network(marker.color) if marker.color and proxy.asks_for_names else ()
    return leading(text, bool(hosts), hosts)


def keep_confirmed(context: PhaseContext) -> None:
    """Keep what the proxies serve by now, as far as this deployment has written it: by that, damage is seen later.

    Where there is no room for it, users come first.
    """
    try:
        context.router.keep_confirmed(context.deployment.generation)
    except PhaseFailed as error:
        context.warn(error.what)
