"""Upkeep and logs of proxies in memory. The suites beside this hold the upkeep to what that of nginx does."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import FilesRefused, NotRunning, PhaseFailed, ProxyRefused
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.proxy import Condition, Route, Saved
from bluegreen.deployment.receipt import ProxyReceipt
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color
from bluegreen.deployment.upkeep import Fit, Found, Target
from tests.routers.in_memory import HostInMemory, ProxyInMemory, Text, take_up


@dataclass
class UpkeepInMemory:
    """One process's sight of the host."""

    host: HostInMemory
    #: where the proxies sent requests before any colour
    former: Sequence[Target] = ()
    misfits: tuple[str, ...] = ()
    known_protocols: frozenset[str] = frozenset({"http"})
    #: why a preview cannot be had
    no_preview: str | None = None

    def find_live(
        self,
        last: Deployment | None,
        chosen: Color | None = None,
        previewed: int | None = None,
        maintenance: Maintenance | None = None,
    ) -> Found:
        observed = {label: each.observed for label, each in self.host.proxies.items()}
        wrong = {label: what for label in observed if (what := self._problem(label, maintenance))}
        over = [
            label
            for label, each in self.host.proxies.items()
            if each.given != _without_over(each.given, previewed)
        ]
        told = [
            marker
            for label, each in observed.items()
            if (marker := each.served or (None if label in wrong else each.said)) and marker.color
        ]
        if len({marker.color for marker in told}) > 1:
            raise PhaseFailed("the proxies do not agree on the live colour")
        newest = max(told, key=lambda marker: marker.order, default=None)
        color, release = (newest.color, newest.release) if newest else self._guess(last, chosen)
        wrong = {**dict.fromkeys(over, "has a preview that is over"), **wrong}
        return Found(observed, color, release, wrong, self._order(last), newest is not None, previewed)

    def preflight(self, found: Found, cancellation: Cancellation) -> Mapping[str, Fit]:
        cancellation.check()
        if self.host.is_refused:
            raise FilesRefused("the proxies refuse their files")
        if down := [label for label, each in self.host.proxies.items() if not each.runs]:
            raise NotRunning(f"{', '.join(down)} is not running")
        return {label: Fit(self.known_protocols, ProxyReceipt(), self.misfits) for label in self.host.proxies}

    def expect_preview(self, condition: Condition) -> None:
        if self.no_preview:
            raise ProxyRefused(self.no_preview)

    def protocols(self) -> Collection[str]:
        return self.known_protocols

    def repair(self, found: Found, route: Route, cancellation: Cancellation) -> None:
        marker = route.marker
        for label in found.wrong:
            cancellation.check()
            proxy = self.host.proxies[label]
            if proxy.given.says and proxy.given.says.order > marker.order:
                raise ProxyRefused(f"{label} is newer than this deployment")
            preview = _without_over(self.host.confirmed.get(label, Text()), found.previewed).preview
            proxy.given = self.host.confirmed[label] = Text(marker, True, preview)
            if proxy.runs:
                take_up(self.host, label)
            cancellation.report(f"{label}: {found.wrong[label]}: it is put right, and leads to {marker.color}")

    def restate(
        self, maintenance: Maintenance | None, cancellation: Cancellation, is_free: Callable[[], bool]
    ) -> bool:
        for label, proxy in self.host.proxies.items():
            said, served = proxy.given.says, proxy.observed.served
            if said is None or said.color is None:
                if maintenance:
                    raise ProxyRefused(f"{label} leads to no colour")
                continue
            if proxy.runs and (served is None or served.with_(maintenance=None) != said.with_(maintenance=None)):
                return False
            cancellation.check()
            with failpoints.around("replace file"):
                kept = proxy.given.saying(Route.of(said, maintenance).marker)
                proxy.given = self.host.confirmed[label] = kept
            if proxy.runs:
                take_up(self.host, label)
        return True

    def has_names(self) -> bool:
        return False

    def named_colors(self) -> Collection[Color]:
        return ()

    def follow(self, cancellation: Cancellation, is_free: Callable[[], bool]) -> bool:
        return True

    def lost(self) -> Collection[str]:
        return ()

    def note_loss(self, label: str) -> None: ...

    def seconds_since_loss(self) -> Mapping[str, float]:
        return {}

    def former_targets(self, saved: Saved) -> Sequence[Target]:
        return self.former

    def _problem(self, label: str, maintenance: Maintenance | None) -> str | None:
        proxy, ours = self.host.proxies[label], self.host.confirmed.get(label)
        if ours and ours.says and ours.says.color and proxy.given.says is None:
            return "is not ours any more"
        if ours and ours.says and proxy.given.says and proxy.given.says.order < ours.says.order:
            return "is an old one"
        return _apart(proxy) or _other_page(proxy, maintenance.digest if maintenance else None)

    def _guess(self, last: Deployment | None, chosen: Color | None) -> tuple[Color | None, str | None]:
        confirmed = [each.says for each in self.host.confirmed.values() if each.says and each.says.color]
        newest = max(confirmed, key=lambda marker: marker.order, default=None)
        if chosen:
            return chosen, None
        if newest:
            return newest.color, newest.release
        return (last.to_color, last.release.name if last.release else None) if last else (None, None)

    def _order(self, last: Deployment | None) -> tuple[int, int]:
        said = [each.given.says for each in self.host.proxies.values()]
        said += [each.observed.served for each in self.host.proxies.values()]
        said += [each.says for each in self.host.confirmed.values()]
        return max([(last.generation, 1) if last else (0, 0), *(each.order for each in said if each)])


def _without_over(text: Text, previewed: int | None) -> Text:
    """A preview of another generation is over."""
    return text if text.says and text.says.generation == previewed else replace(text, preview=None)


def _apart(proxy: ProxyInMemory) -> str | None:
    served, said = proxy.observed.served, proxy.given.says
    is_apart = served and said and served.color is not said.color
    return "named another colour than it serves" if is_apart else None


def _other_page(proxy: ProxyInMemory, wanted: str | None) -> str | None:
    said = proxy.given.says
    return "has another page" if said and said.color and said.maintenance != wanted else None


@dataclass
class LogsInMemory:
    """What `read_on` finds is what the test puts here, by label."""

    seen: dict[str, ProxyReceipt] = field(default_factory=dict)

    def start(self, receipts: Mapping[str, ProxyReceipt]) -> Mapping[str, ProxyReceipt]:
        return receipts

    def read_on(self, receipts: Mapping[str, ProxyReceipt]) -> Mapping[str, ProxyReceipt]:
        return {**receipts, **self.seen}
