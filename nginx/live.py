"""What the proxies of a service serve, each asked, and its file read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bluegreen.deployment.errors import NotRunning, PhaseFailed
from bluegreen.deployment.proxy import Marker, Observed
from bluegreen.parallel import at_once
from nginx.proxy import Proxy


@dataclass(frozen=True)
class Seen(Observed):
    """What an nginx answers, and its file says."""

    #: of the file, whosever it is
    text: str | None


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


def agreed(service: str, current: Mapping[str, Marker | None]) -> Marker | None:
    """What proxies serve, by label, if a colour of ours. Raises PhaseFailed when they do not agree."""
    ours = {label: marker for label, marker in current.items() if marker and marker.color}
    if len({marker.color for marker in ours.values()}) > 1:
        raise PhaseFailed(
            f"{service}: the proxies do not agree on the live colour",
            "; ".join(f"{label} serves {marker.color}" for label, marker in ours.items()),
            "Reload the one that is behind, or correct its file.",
        )
    return max(ours.values(), key=lambda marker: marker.order, default=None)
