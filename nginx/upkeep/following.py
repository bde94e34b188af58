"""Keeps an nginx that asks for a name when it loads its file at the addresses that the name has by now."""

from collections.abc import Callable

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.runtime import Runtime
from nginx.file.upstream_names import hosts_in, leading, listed
from nginx.proxy import Proxy
from nginx.switch import locked


def follow(proxy: Proxy, runtime: Runtime, cancellation: Cancellation, is_free: Callable[[], bool]) -> bool:
    """Afterwards the nginx sends requests to the live colour where it is, and nowhere when it does not run.

    Nowhere: else requests would go to whoever gets the old address, and no file of this nginx could be tested.
    False: not now, since the file holds a switch that is not taken up yet, which is a deployment's affair.
    `is_free`: whether no deployment is in hand, asked where nginx does not say what it serves.
    """
    with locked([proxy], cancellation):
        text = proxy.file.read()
        marker, before = proxy.said_by(text), hosts_in(text or "")
        if text is None or before is None or marker is None or marker.color is None:
            return True
        hosts = runtime.hosts_in_network(marker.color)
        if before == set(hosts):
            return True
        if not _is_taken_up(proxy, marker, is_free):
            return False
        led = leading(text, bool(hosts), before)
        if led != text:
            proxy.replace(led, marker.order, cancellation)
        proxy.reload()
        # Not before: who is killed in between leaves something to do.
        proxy.replace(leading(text, bool(hosts), hosts), marker.order, cancellation)
        cancellation.report(f"{proxy.label}: {marker.color} is at {listed(hosts)} now: nginx was reloaded")
        return True


def _is_taken_up(proxy: Proxy, marker: Marker, is_free: Callable[[], bool]) -> bool:
    served = proxy.served()
    return served == marker if served is not None else is_free()
