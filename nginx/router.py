"""Implements bluegreen.deployment.proxy.Router: files of ours, which nginx takes up by a reload."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import FilesRefused
from bluegreen.deployment.proxy import Retired, Route, Saved, WayBack
from bluegreen.deployment.runtime import Address, Runtime
from bluegreen.deployment.states import Color
from bluegreen.parallel import at_once
from nginx import switch
from nginx.drain import drain
from nginx.file.kept import Kept
from nginx.file.marker import parse, restamp
from nginx.file.preview import with_preview
from nginx.file.render import render
from nginx.live import Seen, look_at_all
from nginx.past import Past
from nginx.process import ending
from nginx.proxy import Proxy
from nginx.retired import token_of
from nginx.switch import Switch
from nginx.upstream import upstream_of


@dataclass(frozen=True)
class NginxRouter:
    """The nginx of one service. Retired are their workers; saved are files' texts, by hash."""

    proxies: tuple[Proxy, ...]
    runtime: Runtime
    kept: Kept

    def locked(self, cancellation: Cancellation) -> AbstractContextManager[None]:
        return switch.locked(self.proxies, cancellation)

    def observe(self) -> Mapping[str, Seen]:
        return look_at_all(self.proxies)

    def running(self) -> Retired:
        return dict(at_once(self.proxies, lambda proxy: (proxy.label, token_of(proxy.worker_ids()))))

    def retiring(self) -> Retired:
        return {proxy.label: token_of(ending(proxy.workers())) for proxy in self.proxies}

    def save(self, cancellation: Cancellation) -> Saved:
        texts = {proxy.label: text for proxy in self.proxies if (text := proxy.file.read())}
        return self.save_texts(texts, cancellation)

    def save_texts(self, texts: Mapping[str, str], cancellation: Cancellation) -> Saved:
        return self.kept.save(texts, cancellation)

    def forget_saved(self, cancellation: Cancellation) -> None:
        self.kept.prune(cancellation)

    @contextmanager
    def prepare(self, route: Route, cancellation: Cancellation) -> Iterator[Switch]:
        try:
            with switch.prepare(self.proxies, self._texts(route), route.marker, cancellation) as prepared:
                yield prepared
        except FilesRefused:
            # What goes with the other files was asked for a while ago: another service may have changed them.
            for proxy in self.proxies:
                proxy.forget_capabilities()
            raise

    @contextmanager
    def restore(self, way_back: WayBack, running: Retired, cancellation: Cancellation) -> Iterator[Switch]:
        pasts = self._pasts(way_back, running)
        texts = {past.proxy.label: past.text() for past in pasts}
        known = running if all(past.previous() for past in pasts) else None
        proxies = [past.proxy for past in pasts]
        with switch.prepare(proxies, texts, way_back.route.marker, cancellation, known) as prepared:
            yield prepared

    def hold(self, way_back: WayBack, labels: Collection[str], cancellation: Cancellation) -> Collection[str]:
        return [warning for past in self._pasts(way_back, labels) if (warning := past.write(cancellation))]

    def may_serve_otherwise(self, way_back: WayBack, labels: Collection[str]) -> bool:
        return any(past.may_be_over() for past in self._pasts(way_back, labels))

    def drain(self, retired: Retired, timeout: float, cancellation: Cancellation) -> int:
        return drain(self.proxies, retired, timeout, cancellation)

    def keep_confirmed(self, generation: int) -> None:
        for proxy in self.proxies:
            text = proxy.file.read()
            said = parse(text)
            if text is not None and said is not None and said.generation == generation:
                self.kept.confirm(proxy.label, text)

    def _texts(self, route: Route) -> dict[str, str]:
        reached = [(proxy, self._addresses(proxy, route)) for proxy in self.proxies]
        text_of = _with_preview if route.preview else _rendered
        return dict(at_once(reached, lambda each: (each[0].label, text_of(each[0], route, each[1]))))

    def _addresses(self, proxy: Proxy, route: Route) -> dict[Color | None, Address | None]:
        colors = (route.marker.color, *((route.preview.color,) if route.preview else ()))
        return {color: upstream_of(proxy.settings, self.runtime, color) for color in colors}

    def _pasts(self, way_back: WayBack, labels: Collection[str]) -> list[Past]:
        """What each can do is asked again: another's file may have been wrong, and be right by now."""
        pasts = [Past(each, way_back, self.runtime, self.kept) for each in self.proxies if each.label in labels]
        for past in pasts:
            past.proxy.forget_capabilities()
        return pasts


def _rendered(proxy: Proxy, route: Route, addresses: Mapping[Color | None, Address | None]) -> str:
    address = addresses[route.marker.color]
    return render(proxy.settings, route.marker, address, proxy.capabilities(), route.maintenance)


def _with_preview(proxy: Proxy, route: Route, addresses: Mapping[Color | None, Address | None]) -> str:
    """What the proxy has, by this marker, and the preview; rendered where that does not lead to its colour."""
    assert route.preview is not None
    there = proxy.file.read()
    said = parse(there)
    says = (said.color, said.maintenance) if said else (None, None)
    leads_there = says == (route.marker.color, route.marker.maintenance)
    text = restamp(there, route.marker) if there and leads_there else _rendered(proxy, route, addresses)
    address = addresses[route.preview.color]
    assert address is not None, "only no colour has no address"
    return with_preview(text, proxy.settings, route.preview, address, proxy.capabilities())
