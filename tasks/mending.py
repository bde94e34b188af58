"""Puts proxy files right: those that somebody has changed since a deployment, and those that no nginx took up."""

from collections.abc import Mapping

from bluegreen.deployment.cancellation import Guard
from nginx.file.marker import Content, fenced, parse
from nginx.file.render import render
from nginx.file.upstream_names import leading
from nginx.proxy import Proxy
from nginx.switch import alone, switch
from tasks.site import Found, Site


def mend(site: Site, found: Found, content: Content, guard: Guard) -> None:
    """Afterwards each such file leads to the content's colour, the live one, and its nginx has taken that up.

    An nginx that is down has its file for its next start. Raises as `switch` does, with the files as they were.
    """
    wrong = wrongs(found)
    proxies = [proxy for proxy in site.proxies if proxy.label in wrong]
    if not proxies:
        return
    with alone(proxies, guard):
        texts = {proxy.label: _text(site, proxy, content) for proxy in proxies}
        running = [proxy for proxy in proxies if proxy.is_running()]
        for proxy in (each for each in proxies if each not in running):
            proxy.replace(texts[proxy.label], content.order, guard)
        if running:
            switch(running, texts, content, guard, lambda _: None)
        for proxy in proxies:
            site.kept.confirm(proxy.label, texts[proxy.label])
    for proxy in proxies:
        what = f"{proxy.label}: {proxy.file.name} {wrong[proxy.label]}"
        guard.tell(f"{what}: the file is put right, and leads to {content.color}")


def wrongs(found: Found) -> Mapping[str, str]:
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


def _text(site: Site, proxy: Proxy, content: Content) -> str:
    """The last one that this nginx was seen to serve, which needs no nginx to be made; else one made anew."""
    confirmed = site.kept.confirmed(proxy.label) or ""
    said = parse(confirmed)
    if said and said.color is content.color:
        text = fenced(confirmed, content)
    else:
        text = render(proxy.settings, content, site.upstream(proxy, content.color), proxy.abilities())
    hosts = site.runtime.hosts_in_network(content.color) if content.color and proxy.asks_for_names else ()
    return leading(text, bool(hosts), hosts)


def confirm_files(site: Site, generation: int) -> None:
    """Keep what the proxies serve by now, as far as a deployment of that generation has written it."""
    for proxy in site.proxies:
        text = proxy.file.read()
        said = parse(text)
        if text is not None and said is not None and said.generation == generation:
            site.kept.confirm(proxy.label, text)
