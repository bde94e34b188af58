"""What can be refused of a service's nginx while nothing is changed yet."""

from collections.abc import Callable, Sequence

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import FilesRefused
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.upkeep import Fit, Found
from bluegreen.parallel import at_once
from nginx.config.fit import expect_fit
from nginx.live import expect_own_addresses
from nginx.logs.receipt import blank
from nginx.proxy import Proxy
from nginx.switch import locked
from nginx.upkeep.following import follow


def preflight(
    proxies: Sequence[Proxy], runtime: Runtime, found: Found, cancellation: Cancellation
) -> dict[str, Fit]:
    """See bluegreen.deployment.upkeep.Upkeep."""
    silent = [proxy for proxy in proxies if found.observed[proxy.label].served is None]
    acts: tuple[Callable[[], object], ...] = (
        lambda: _expect_accepted(proxies, runtime, cancellation),
        lambda: at_once(silent, lambda proxy: proxy.workers()),  # those that have answered do run
        lambda: expect_own_addresses(proxies),
    )
    at_once(acts, lambda act: act())
    return {proxy.label: _fit(proxy) for proxy in proxies}


def _fit(proxy: Proxy) -> Fit:
    if proxy.read() is None:
        proxy.check_included()
    able = proxy.capabilities()
    misfits = tuple(f"{each.what}. Write: {each.fix}" for each in expect_fit(proxy))
    return Fit(able.protocols, blank(able), misfits)


def _expect_accepted(proxies: Sequence[Proxy], runtime: Runtime, cancellation: Cancellation) -> None:
    """Each nginx accepts its files as they are now, and is known from here on."""
    try:
        _ask(proxies, cancellation)
    except FilesRefused:
        # Where the live version has died, its name is gone, and nginx refuses any file that has it.
        for proxy in proxies:
            follow(proxy, runtime, cancellation, lambda: True)
        _ask(proxies, cancellation)


def _ask(proxies: Sequence[Proxy], cancellation: Cancellation) -> None:
    with locked(proxies, cancellation):
        at_once(proxies, lambda proxy: proxy.capabilities())
