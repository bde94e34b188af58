"""Turns several proxies over as one: all of them, or none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress

from deployment.errors import BlueGreenError, Superseded
from deployment.mutex import exclusive
from deployment.runtime import Guard
from deployment.side_by_side import at_once
from nginx.proxy import Proxy
from nginx.render import Content

#: seconds to wait for the switches of other services on the same nginx
NGINX_TIMEOUT = 120.0


@contextmanager
def alone(proxies: Sequence[Proxy], guard: Guard) -> Iterator[None]:
    """No other service of this host switches one of these nginx while the block runs.

    `nginx -T` reads the files of all services: a half-done switch of one would be judged as another's.
    """
    with ExitStack() as held:
        for lock in sorted({proxy.nginx_lock for proxy in proxies}):
            held.enter_context(exclusive(lock, NGINX_TIMEOUT, guard))
        yield


def switch(
    proxies: Sequence[Proxy],
    texts: Mapping[str, str],
    content: Content,
    guard: Guard,
    turning: Callable[[Mapping[str, tuple[int, ...]]], None],
    retired: Mapping[str, tuple[int, ...]] | None = None,
) -> None:
    """Afterwards every proxy serves its text (by label). When one refuses, all are as they were before.

    `turning` is called once all files are tested, with the nginx workers that the reload retires, by label. What
    an nginx serves from then on, only the confirmation tells.

    `retired`: those workers, where the texts have served before. nginx's own test at the reload is enough for such
    texts, and users come back so much sooner.
    """
    before = {proxy.label: proxy.file.read() for proxy in proxies}
    reloaded = False
    try:
        for proxy in proxies:
            proxy.replace(texts[proxy.label], content.order, guard)
        old_workers = retired or dict(at_once(proxies, lambda proxy: (proxy.label, _tested(proxy, content))))
        turning(old_workers)
        guard.check()
        reloaded = True
        at_once(proxies, lambda proxy: proxy.reload())
        at_once(proxies, lambda proxy: proxy.confirm(content, set(old_workers[proxy.label]), guard))
    except Superseded:
        raise  # the files are the successor's affair: it may be writing them at this moment
    except BlueGreenError:
        put_back(proxies, before, content, reloaded)
        raise


def _tested(proxy: Proxy, content: Content) -> tuple[int, ...]:
    """Have nginx test its files; the workers that it has meanwhile."""
    found: list[tuple[int, ...]] = []

    def test() -> None:
        proxy.test(content)

    def look() -> None:
        found.append(tuple(sorted(proxy.workers())))

    at_once([test, look], lambda act: act())
    return found[0]


def put_back(proxies: Sequence[Proxy], before: Mapping[str, str | None], content: Content, reload: bool) -> None:
    """Undo our own write, and only that: a file that somebody newer has written stays.

    A proxy that is in trouble must not keep the others from it; the rollback looks at each of them again.
    """
    for proxy in proxies:
        with suppress(BlueGreenError):
            proxy.put_back(before[proxy.label], content)
            if reload:
                proxy.reload()
