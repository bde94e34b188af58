"""A router without a proxy: what it serves, it only says. The suite beside it holds it to what nginx does."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import (
    BlueGreenError,
    FilesRefused,
    NotRunning,
    PhaseFailed,
    ProxyRefused,
    Superseded,
)
from bluegreen.deployment.proxy import Marker, Observed, PreviewRoute, Retired, Route, Saved, WayBack


@dataclass(frozen=True)
class Text:
    """What a proxy is told. What is somebody else's says nothing, and has nothing answered, of us."""

    says: Marker | None = None
    is_ours: bool = False
    preview: PreviewRoute | None = None

    def saying(self, marker: Marker) -> "Text":
        """The same, by this word."""
        return replace(self, says=marker)


@dataclass
class ProxyInMemory:
    """What it was given, what it has taken up, and who answers by that."""

    given: Text = Text()
    taken: Text = Text()
    #: who answers: a name, which no other has
    worker: str = "first"
    runs: bool = True

    @property
    def observed(self) -> Observed:
        return Observed(self.taken.says if self.runs and self.taken.is_ours else None, self.given.says)


@dataclass
class HostInMemory:
    """What outlives a router: the proxies by label, and what was saved of them."""

    proxies: dict[str, ProxyInMemory]
    saved: dict[str, Text] = field(default_factory=dict)
    #: what each was last confirmed to have
    confirmed: dict[str, Text] = field(default_factory=dict)
    #: of the files, which all proxies read
    is_refused: bool = False
    #: how often more they are refused, and then right
    refusals: int = 0
    #: by whom the route was changed, so to say: no worker is named twice
    names: Iterator[int] = field(default_factory=lambda: count(2))


class ChangeInMemory:
    """Given, and not yet taken up."""

    def __init__(self, host: HostInMemory, labels: Collection[str], cancellation: Cancellation) -> None:
        self.retired: Retired = {label: host.proxies[label].worker for label in labels}
        self.was_told = False
        self._host, self._cancellation = host, cancellation

    def commit(self) -> None:
        self._cancellation.check()
        self.was_told = True
        for label in self.retired:
            take_up(self._host, label)


def take_up(host: HostInMemory, label: str) -> None:
    """As any reload does, whoever asks for it. The workers of before end at once: nobody is being answered."""
    proxy = host.proxies[label]
    with failpoints.around("reload"):
        proxy.taken, proxy.worker = proxy.given, f"worker {next(host.names)}"


@dataclass
class RouterInMemory:
    """One process's sight of the host."""

    host: HostInMemory

    @contextmanager
    def locked(self, cancellation: Cancellation) -> Iterator[None]:
        cancellation.check()
        yield

    def observe(self) -> Mapping[str, Observed]:
        return {label: each.observed for label, each in self.host.proxies.items()}

    def running(self) -> Retired:
        return {label: each.worker if each.runs else "" for label, each in self.host.proxies.items()}

    def retiring(self) -> Retired:
        self._expect_running(self.host.proxies)
        return dict.fromkeys(self.host.proxies, "")

    def save(self, cancellation: Cancellation) -> Saved:
        cancellation.check()
        given = {label: each.given for label, each in self.host.proxies.items()}
        names = {label: sha256(repr(text).encode()).hexdigest() for label, text in given.items()}
        self.host.saved = {names[label]: text for label, text in given.items()}
        return names

    def save_texts(self, texts: Mapping[str, str], cancellation: Cancellation) -> Saved:
        cancellation.check()
        names = {label: sha256(text.encode()).hexdigest() for label, text in texts.items()}
        self.host.saved = dict.fromkeys(names.values(), Text())
        return names

    def forget_saved(self, cancellation: Cancellation) -> None:
        cancellation.check()
        self.host.saved = {}

    @contextmanager
    def prepare(self, route: Route, cancellation: Cancellation) -> Iterator[ChangeInMemory]:
        texts = {label: self._text(label, route) for label in self.host.proxies}
        with self._changed(texts, cancellation) as change:
            yield change

    @contextmanager
    def restore(self, way_back: WayBack, running: Retired, cancellation: Cancellation) -> Iterator[ChangeInMemory]:
        with self._changed(self._former(way_back, running), cancellation) as change:
            yield change

    def hold(self, way_back: WayBack, labels: Collection[str], cancellation: Cancellation) -> Collection[str]:
        for label, text in self._former(way_back, labels).items():
            self._give(label, text, cancellation)
        return ()

    def may_serve_otherwise(self, way_back: WayBack, labels: Collection[str]) -> bool:
        return any(self._may_serve_otherwise(way_back, label) for label in labels)

    def drain(self, retired: Retired, timeout: float, cancellation: Cancellation) -> int:
        here = self.running()
        return sum(bool(worker) and worker == here.get(label) for label, worker in retired.items())

    def keep_confirmed(self, generation: int) -> None:
        for label, each in self.host.proxies.items():
            if each.given.says and each.given.says.generation == generation:
                self.host.confirmed[label] = each.given

    def _text(self, label: str, route: Route) -> Text:
        given = self.host.proxies[label].given
        if route.preview and (given.says.color if given.says else None) is route.marker.color:
            return replace(given, says=route.marker, preview=route.preview)
        return Text(route.marker, True, route.preview)

    def _may_serve_otherwise(self, way_back: WayBack, label: str) -> bool:
        served, before = self.host.proxies[label].observed.served, way_back.retired.get(label, "")
        if served is not None and served.color is not way_back.route.marker.color:
            return True
        return self.host.proxies[label].worker != before if before else served is None

    def _former(self, way_back: WayBack, labels: Collection[str]) -> dict[str, Text]:
        return {label: self._former_of(way_back, label) for label in labels}

    def _former_of(self, way_back: WayBack, label: str) -> Text:
        marker, name = way_back.route.marker, way_back.saved.get(label)
        text = self.host.saved.get(name) if name else None
        if name and text is None and marker.color is None:
            raise PhaseFailed(f"{label}: what it had before is lost")
        leads_back = text is not None and (text.says.color if text.says else None) is marker.color
        return text.saying(marker) if text and leads_back else Text(marker, True)

    def _expect_running(self, labels: Collection[str]) -> None:
        if down := [label for label in labels if not self.host.proxies[label].runs]:
            raise NotRunning(f"{', '.join(down)} is not running")

    def _give(self, label: str, text: Text, cancellation: Cancellation) -> None:
        cancellation.check()
        proxy = self.host.proxies[label]
        if proxy.given.says and text.says and proxy.given.says.order > text.says.order:
            raise ProxyRefused(f"{label} is newer than this deployment")
        with failpoints.around("replace file"):
            proxy.given = text

    @contextmanager
    def _changed(self, texts: Mapping[str, Text], cancellation: Cancellation) -> Iterator[ChangeInMemory]:
        before = {label: self.host.proxies[label].given for label in texts}
        change = ChangeInMemory(self.host, texts, cancellation)
        try:
            for label, text in texts.items():
                self._give(label, text, cancellation)
            self._expect_running(texts)
            self.host.refusals -= 1
            if self.host.is_refused or self.host.refusals >= 0:
                raise FilesRefused("the proxies refuse their files")
            yield change
        except Superseded:
            raise
        except BlueGreenError:
            self._revert(before, texts, change.was_told)
            raise
        if not change.was_told:
            self._revert(before, texts, was_told=False)

    def _revert(self, before: Mapping[str, Text], texts: Mapping[str, Text], was_told: bool) -> None:
        for label, text in before.items():
            if self.host.proxies[label].given == texts[label]:
                with failpoints.around("put back"):
                    self.host.proxies[label].given = text
                if was_told:
                    take_up(self.host, label)
