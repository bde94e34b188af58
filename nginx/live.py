"""Which colour is live, by what the proxies of a service serve."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deployment.errors import NotRunning, PhaseFailed
from deployment.settings import Ports
from deployment.side_by_side import at_once
from deployment.states import Color
from nginx.content import Content
from nginx.proxy import Proxy


@dataclass(frozen=True)
class Seen:
    """What an nginx answers, None when it cannot be asked; and what its file says, None where it is not ours."""

    served: Content | None
    said: Content | None
    #: of the file, whosever it is
    text: str | None

    @property
    def current(self) -> Content | None:
        """What users get: by nginx's own word, else by its file."""
        return self.served or self.said


def look(proxy: Proxy) -> Seen:
    """Ask the nginx, which answers nothing when it is down, and read the file. ProxyRefused: it is another's."""
    try:
        served = proxy.served()
    except NotRunning:
        served = None
    text = proxy.file.read()
    return Seen(served, proxy.said_by(text), text)


def look_at_all(proxies: Sequence[Proxy]) -> dict[str, Seen]:
    """The same of each, by label."""
    return dict(at_once(proxies, lambda proxy: (proxy.label, look(proxy))))


def expect_own_addresses(proxies: Sequence[Proxy]) -> None:
    """Raise PhaseFailed when two are asked at one address: one would answer for the other, however that one is."""
    asked: dict[str, str] = {}
    several = proxies if len(proxies) > 1 else ()
    for label, url in at_once(several, lambda proxy: (proxy.label, proxy.status_url())):
        if url is not None and (other := asked.setdefault(url, label)) != label:
            raise PhaseFailed(
                f"{other} and {label} are both asked at {url}",
                advice="Give one of them another status_port (of a container, publish it), or a status_url.",
            )


def live_content(service: str, seen: Mapping[str, Seen]) -> Content | None:
    """What the proxies serve, if a colour of ours. Raises PhaseFailed when they do not agree."""
    ours = {label: each.current for label, each in seen.items() if each.current and each.current.color}
    contents = [content for content in ours.values() if content]
    if len({content.color for content in contents}) > 1:
        raise PhaseFailed(
            f"{service}: the proxies do not agree on the live colour",
            "; ".join(f"{label} serves {content.color}" for label, content in ours.items() if content),
            "Reload the one that is behind, or correct its file.",
        )
    return max(contents, key=lambda content: content.order, default=None)


def live_color(live: Content | None, seen: Mapping[str, Seen], ports: Ports) -> Color | None:
    """The colour that serves: of the content, else the one whose port a file that is not ours names."""
    if live is not None:
        return live.color
    guesses = {guess_color(each.text, ports) for each in seen.values()} - {None}
    return guesses.pop() if len(guesses) == 1 else None


def guess_color(text: str | None, ports: Ports) -> Color | None:
    """The colour that a file which is not ours sends requests to, judged by the one port that it names."""
    named = {color for color in Color if re.search(rf":{ports.of(color)}\b", text or "")}
    return named.pop() if len(named) == 1 else None
