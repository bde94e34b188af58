"""Implements bluegreen.deployment.upkeep.Upkeep: each nginx asked, its file compared with what we know."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.proxy import Condition, Route, Saved
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.states import Color
from bluegreen.deployment.upkeep import Fit, Found, Target
from bluegreen.parallel import at_once
from nginx.config.fit import expect_preview
from nginx.file.kept import Kept
from nginx.file.marker import parse
from nginx.proxy import Proxy
from nginx.upkeep.finding import find_live
from nginx.upkeep.following import follow
from nginx.upkeep.former import former_targets
from nginx.upkeep.preflight import preflight
from nginx.upkeep.previews import with_over
from nginx.upkeep.repair import repair
from nginx.upkeep.restating import restate


@dataclass(frozen=True)
class NginxUpkeep:
    """The nginx of one service, and what this host keeps of them."""

    service: str
    proxies: tuple[Proxy, ...]
    runtime: Runtime
    kept: Kept

    def find_live(
        self,
        last: Deployment | None,
        chosen: Color | None = None,
        previewed: int | None = None,
        maintenance: Maintenance | None = None,
    ) -> Found:
        found = find_live(self.service, self.proxies, self.runtime, self.kept, last, chosen, maintenance)
        return with_over(found, previewed)

    def preflight(self, found: Found, cancellation: Cancellation) -> Mapping[str, Fit]:
        return preflight(self.proxies, self.runtime, found, cancellation)

    def expect_preview(self, condition: Condition) -> None:
        at_once(self.proxies, lambda proxy: expect_preview(proxy, condition))

    def protocols(self) -> Collection[str]:
        return {each for proxy in self.proxies for each in proxy.capabilities().protocols}

    def repair(self, found: Found, route: Route, cancellation: Cancellation) -> None:
        repair(self.proxies, self.runtime, self.kept, found, route, cancellation)

    def restate(
        self, maintenance: Maintenance | None, cancellation: Cancellation, is_free: Callable[[], bool]
    ) -> bool:
        return restate(self.proxies, self.runtime, self.kept, maintenance, cancellation, is_free)

    def has_names(self) -> bool:
        return bool(self._with_names)

    def named_colors(self) -> Collection[Color]:
        return {said.color for proxy in self._with_names if (said := proxy.read()) and said.color}

    def follow(self, cancellation: Cancellation, is_free: Callable[[], bool]) -> bool:
        return all(at_once(self._with_names, lambda proxy: follow(proxy, self.runtime, cancellation, is_free)))

    def lost(self) -> Collection[str]:
        return [proxy.label for proxy in self._copied if self._is_lost(proxy)]

    def note_loss(self, label: str) -> None:
        self.kept.note_loss(label)

    def seconds_since_loss(self) -> Mapping[str, float]:
        found = {proxy.label: self.kept.lost_since(proxy.label) for proxy in self._copied}
        return {label: seconds for label, seconds in found.items() if seconds is not None}

    def former_targets(self, saved: Saved) -> Sequence[Target]:
        return [each for proxy in self.proxies for each in former_targets(proxy, self.runtime, self.kept, saved)]

    @property
    def _with_names(self) -> list[Proxy]:
        return [proxy for proxy in self.proxies if proxy.asks_for_names]

    @property
    def _copied(self) -> list[Proxy]:
        return [proxy for proxy in self.proxies if proxy.settings.copy_to]

    def _is_lost(self, proxy: Proxy) -> bool:
        """Whether its file is not what was confirmed; one that was put back may not be taken up yet."""
        ours = parse(self.kept.confirmed(proxy.label))
        if ours is None or ours.color is None:
            return False
        said = proxy.read()
        return said is None or said.order != ours.order
