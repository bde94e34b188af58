"""Turns several nginx over as one: all of them, or none."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import BlueGreenError, FilesRefused, ProxyRefused, Superseded
from bluegreen.deployment.proxy import Marker, Retired
from bluegreen.parallel import at_once
from bluegreen.system.locks import exclusive
from nginx.confirmation import confirm
from nginx.proxy import Proxy
from nginx.retired import token_of, workers_of

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


class Switch:
    """Files that are written and tested, and that no nginx has taken up yet."""

    def __init__(
        self, proxies: Sequence[Proxy], marker: Marker, retired: Retired, cancellation: Cancellation
    ) -> None:
        #: the nginx workers that the reload retires, by label
        self.retired = retired
        self.was_reloaded = False
        self._proxies = proxies
        self._marker = marker
        self._cancellation = cancellation

    def commit(self) -> None:
        """Afterwards every nginx serves its file. Until it is confirmed, it is not known what one serves."""
        self._cancellation.check()
        self.was_reloaded = True
        _reload(self._proxies)
        at_once(self._proxies, self._confirm)

    def _confirm(self, proxy: Proxy) -> None:
        confirm(proxy, self._marker, workers_of(self.retired[proxy.label]), self._cancellation)


@contextmanager
def prepare(
    proxies: Sequence[Proxy],
    texts: Mapping[str, str],
    marker: Marker,
    cancellation: Cancellation,
    retired: Retired | None = None,
) -> Iterator[Switch]:
    """Within the block every file is its text (by label). Left by an error, or uncommitted: all are as before.

    `retired`: the workers of each, where the texts have served before. nginx's own test at the reload is enough
    for such texts, and users come back so much sooner; as it is for a single nginx that is known to read the file.
    """
    before = {proxy.label: proxy.file.read() for proxy in proxies}
    switch: Switch | None = None
    try:
        for proxy in proxies:
            proxy.replace(texts[proxy.label], marker.order, cancellation)
        switch = Switch(proxies, marker, retired or _workers_before(proxies, marker), cancellation)
        yield switch
    except Superseded:
        raise  # the files are the successor's affair: it may be writing them at this moment
    except FilesRefused:
        _revert(proxies, before, marker, reload=False)
        raise
    except BlueGreenError:
        _revert(proxies, before, marker, reload=switch is not None and switch.was_reloaded)
        raise
    if not switch.was_reloaded:
        _revert(proxies, before, marker, reload=False)


def _workers_before(proxies: Sequence[Proxy], marker: Marker) -> Retired:
    """The workers of each, and, meanwhile, its test of the files where its reload's own is not enough.

    Of several, all have to accept their files before one is reloaded.
    """
    found: dict[str, str] = {}

    def look(proxy: Proxy) -> None:
        found[proxy.label] = token_of(proxy.workers())

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
        raise ProxyRefused(*refused.args) from refused  # the others may have been reloaded


def _revert(proxies: Sequence[Proxy], before: Mapping[str, str | None], marker: Marker, reload: bool) -> None:
    """Undo our own write, and only that: a file that somebody newer has written stays.

    A proxy that fails must not keep the others from it; the rollback looks at each of them again.
    """
    for proxy in proxies:
        with suppress(BlueGreenError):
            proxy.revert(before[proxy.label], marker)
            if reload:
                proxy.reload()
