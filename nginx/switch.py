"""Turns several proxies over as one: all of them, or none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import BlueGreenError, FilesRefused, ProxyRefused, Superseded
from bluegreen.parallel import at_once
from bluegreen.system.locks import exclusive
from nginx.confirmation import confirm
from nginx.file.marker import Marker
from nginx.proxy import Proxy

#: seconds to wait for the switches of other services on the same nginx
NGINX_TIMEOUT = 120.0


@contextmanager
def locked(proxies: Sequence[Proxy], cancellation: Cancellation) -> Iterator[None]:
    """No other service of this host switches one of these nginx while the block runs.

    `nginx -T` reads the files of all services: a half-done switch of one would be judged as another's.
    """
    with ExitStack() as held:
        for lock in sorted({proxy.nginx_lock for proxy in proxies}):
            held.enter_context(exclusive(lock, NGINX_TIMEOUT, cancellation))
        yield


def switch(
    proxies: Sequence[Proxy],
    texts: Mapping[str, str],
    marker: Marker,
    cancellation: Cancellation,
    turning: Callable[[Mapping[str, tuple[int, ...]]], None],
    retired: Mapping[str, tuple[int, ...]] | None = None,
) -> None:
    """Afterwards every proxy serves its text (by label). When one refuses, all are as they were before.

    `turning` is called just before the reload, with the nginx workers that it retires, by label. What an nginx
    serves from then on, only the confirmation tells. FilesRefused: none was told to take its file up.

    `retired`: those workers, where the texts have served before. nginx's own test at the reload is enough for such
    texts, and users come back so much sooner; as it is for a single nginx that is known to read the file.
    """
    before = {proxy.label: proxy.file.read() for proxy in proxies}
    reloaded = False
    try:
        for proxy in proxies:
            proxy.replace(texts[proxy.label], marker.order, cancellation)
        retired_by_switch = retired or _workers_before(proxies, marker)
        turning(retired_by_switch)
        cancellation.check()
        reloaded = True
        _reload(proxies)
        at_once(proxies, lambda proxy: confirm(proxy, marker, set(retired_by_switch[proxy.label]), cancellation))
    except Superseded:
        raise  # the files are the successor's affair: it may be writing them at this moment
    except FilesRefused:
        revert(proxies, before, marker, reload=False)
        raise
    except BlueGreenError:
        revert(proxies, before, marker, reloaded)
        raise


def _workers_before(proxies: Sequence[Proxy], marker: Marker) -> dict[str, tuple[int, ...]]:
    """The workers of each, and, meanwhile, its test of the files where its reload's own is not enough.

    Of several, all have to accept their files before one is reloaded.
    """
    found: dict[str, tuple[int, ...]] = {}

    def look(proxy: Proxy) -> None:
        found[proxy.label] = tuple(sorted(proxy.workers()))

    def test(proxy: Proxy) -> None:
        proxy.test(marker)

    tested = proxies if len(proxies) > 1 else [proxy for proxy in proxies if proxy.needs_test()]
    acts = [(act, proxy) for act, those in ((test, tested), (look, proxies)) for proxy in those]
    at_once(acts, lambda each: each[0](each[1]))
    return found


def _reload(proxies: Sequence[Proxy]) -> None:
    try:
        at_once(proxies, lambda proxy: proxy.reload())
    except FilesRefused as refused:
        if len(proxies) == 1:
            raise
        raise ProxyRefused(*refused.args) from refused  # the others may have been told


def revert(proxies: Sequence[Proxy], before: Mapping[str, str | None], marker: Marker, reload: bool) -> None:
    """Undo our own write, and only that: a file that somebody newer has written stays.

    A proxy that is in trouble must not keep the others from it; the rollback looks at each of them again.
    """
    for proxy in proxies:
        with suppress(BlueGreenError):
            proxy.revert(before[proxy.label], marker)
            if reload:
                proxy.reload()
