"""A service with its runtime and its proxies: what is live there, by all that can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from bluegreen.deployment.proxy import Marker, Router
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.runtime import Address, Runtime
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ServiceSettings
from nginx.file.damage import Known, damages, known
from nginx.file.judgement import by_what_runs, named_color
from nginx.file.kept import Kept
from nginx.file.marker import parse
from nginx.live import Seen, agreed, look_at_all
from nginx.proxy import Proxy
from nginx.router import NginxRouter
from nginx.upstream import addresses_of, upstream_of


@dataclass(frozen=True)
class Found:
    """What was found when all were asked."""

    seen: Mapping[str, Seen]
    color: Color | None
    release: str | None
    #: what somebody has done to our files, by the proxies' labels
    damaged: Mapping[str, str]
    #: the largest (generation, epoch) that anybody knows
    order: tuple[int, int]
    #: a proxy says so, by its answer or its file; else it is what was live last, or a guess
    is_told: bool


@dataclass(frozen=True)
class Site:
    """A service, what runs its colours, what leads users there, and what this host keeps of that."""

    name: str
    settings: ServiceSettings
    runtime: Runtime
    proxies: tuple[Proxy, ...]
    kept: Kept

    def look(self, deployment: Deployment | None, chosen: Color | None = None) -> Found:
        """What is live. `record`: of the last deployment that succeeded, where Redis knows one.

        PhaseFailed when the parts contradict each other, and nobody has chosen.
        """
        seen = look_at_all(self.proxies)
        confirmed = {label: text for label in seen if (text := self.kept.confirmed(label)) is not None}
        last = known(confirmed, deployment)
        damaged = damages(seen, last, confirmed)
        agreement = agreed(self.name, {label: _believed(each, label in damaged) for label, each in seen.items()})
        color, release = (
            (agreement.color, agreement.release) if agreement else self._judged(seen, last, damaged, chosen)
        )
        contents = [each.served for each in seen.values()] + [each.said for each in seen.values()]
        contents += [parse(text) for text in confirmed.values()]
        orders = [(last.generation, 1) if last else (0, 0), *(each.order for each in contents if each)]
        return Found(seen, color, release, damaged, max(orders), agreement is not None)

    def upstream(self, proxy: Proxy, color: Color | None) -> Address | None:
        """Where this proxy shall send requests once this colour serves."""
        return upstream_of(proxy.settings, self.runtime, color)

    @property
    def router(self) -> Router:
        """What sends its users' requests to a colour."""
        return NginxRouter(self.proxies, self.runtime, self.kept)

    def _judged(
        self, seen: Mapping[str, Seen], last: Known | None, damaged: Mapping[str, str], chosen: Color | None
    ) -> tuple[Color | None, str | None]:
        """Where no proxy tells. A guess, by where the files lead, is made before the first success alone."""
        if chosen:
            return chosen, self.runtime.look(chosen).release
        addresses = {
            proxy.label: {color: addresses_of(proxy.settings, self.runtime, color) for color in Color}
            for proxy in self.proxies
        }
        named = named_color(seen, addresses)
        if last is None:
            return named, None
        running = {color: self.runtime.look(color) for color in Color}
        return by_what_runs(self.name, last, damaged, named, running)


def _believed(seen: Seen, is_damaged: bool) -> Marker | None:
    return seen.served or (None if is_damaged else seen.said)
