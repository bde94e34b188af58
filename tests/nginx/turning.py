"""Turns proxies over as a deployment does: rendered, switched, drained."""

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.proxy import Marker, Retired
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from nginx.drain import drain
from nginx.file.render import render
from nginx.proxy import Proxy
from nginx.switch import prepare


def marker(color: Color = Color.GREEN, generation: int = 1, epoch: int = 1) -> Marker:
    return Marker(service="web", color=color, release="v1", generation=generation, epoch=epoch)


def turn(proxies: list[Proxy], to: Marker, cancellation: NeverCancelled) -> None:
    """Switch, and wait until the new workers alone answer."""
    drain(proxies, switched(proxies, to, cancellation), 10, cancellation)


def switched(proxies: list[Proxy], to: Marker, cancellation: NeverCancelled) -> Retired:
    """The workers that the switch has retired, by label."""
    address = Address("127.0.0.1", 9)
    texts = {proxy.label: render(proxy.settings, to, address, proxy.capabilities()) for proxy in proxies}
    with prepare(proxies, texts, to, cancellation) as switch:
        switch.commit()
    return switch.retired
