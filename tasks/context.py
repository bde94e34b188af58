"""One phase in hand: what its work is given."""

from functools import partial
from typing import Any

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.event import EventKind
from bluegreen.deployment.proxy import Marker, Route, Router
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.states import Color
from bluegreen.settings.service import HealthSettings, ServiceSettings
from bluegreen.store.deployments import Store
from bluegreen.store.lease import Lease
from bluegreen.traffic import checks, health
from bluegreen.traffic.checks import CheckRequest
from bluegreen.traffic.health import Judged, Request
from bluegreen.traffic.site import Site
from tasks import abandonable


class PhaseContext:
    """The record, the service's site, and the lease that lets this worker cause effects.

    It is a `Cancellation`: effects ask it before they happen and during each wait.
    """

    def __init__(
        self,
        lease: Lease,
        deployment: Deployment,
        site: Site,
        store: Store,
        cancellation: Cancellation,
        request: Request = health.ask,
        request_check: CheckRequest = checks.ask,
    ) -> None:
        self.lease = lease
        self.deployment = deployment
        self.site = site
        self.store = store
        self.service: ServiceSettings = site.settings
        self.runtime: Runtime = site.runtime
        self.router: Router = site.router
        self._cancellation = cancellation
        self.request = request
        self.request_check = request_check

    def check(self) -> None:
        """Return when this worker may cause its next effect. Raises AbortRequested or Superseded."""
        self._cancellation.check()

    def is_cancelled(self) -> bool:
        """Whether a wait shall end now: `check` raises then."""
        return self._cancellation.is_cancelled()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until it is cancelled; then raise as `check` does."""
        self._cancellation.pause(seconds)

    def report(self, message: str) -> None:
        """Add a note to the deployment's events."""
        self.lease.add_event(EventKind.NOTE, text=message)

    def add_event(self, kind: EventKind, **data: str | int) -> None:
        """Add to the deployment's events, with the data that this kind has."""
        self.lease.add_event(kind, **data)

    def ask(self, url: str) -> Judged:
        """What the health check's request to the url gets, judged. Raises as `check` does while nothing comes."""
        return self._ask(url, self.service.health)

    def ask_through_proxy(self, url: str) -> Judged:
        """The same through a proxy, whose maintenance page our own requests do not get."""
        return self._ask(url, self.site.probing(self.service.health))

    def _ask(self, url: str, settings: HealthSettings) -> Judged:
        judged = abandonable.run(partial(self.request, url, settings), self, "probe")
        assert judged is not None, "a request ends by its own time-out"
        return judged

    def ask_color(self, color: Color) -> Judged:
        """How the colour itself is: see `health.ask_color`. Raises as `ask` does, too."""
        return health.ask_color(self.runtime, color, self.service.health, self.deployment.protocol, self.ask)

    def with_cancellation(self, cancellation: Cancellation) -> "PhaseContext":
        """The same phase for work beside it, which ends by that cancellation."""
        parts = (self.lease, self.deployment, self.site, self.store)
        return PhaseContext(*parts, cancellation, self.request, self.request_check)

    def note(self, **changes: Any) -> None:
        """Save fields of the record before the effect that they are about."""
        self.deployment = self.lease.note(**changes)

    def warn(self, *warnings: str) -> None:
        """Save problems that do not decide the ending; what was said before is not said twice."""
        if new := [each for each in warnings if each not in self.deployment.warnings]:
            self.note(warnings=(*self.deployment.warnings, *new))

    def pass_point_of_no_return(self, **changes: Any) -> None:
        """Save fields; from here the only way is forward. Raises AbortRequested when somebody was quicker."""
        self.deployment = self.lease.pass_point_of_no_return(**changes)

    @property
    def target(self) -> Color:
        """The colour that this deployment brings up."""
        assert self.deployment.to_color is not None, "determine_target comes first"
        return self.deployment.to_color

    @property
    def way_back(self) -> str:
        """What an error that turns the deployment back leads to."""
        if self.deployment.from_color is None:
            return "The proxies get the files back that they had."
        return "The old version takes the traffic back."

    def marker(self, color: Color | None) -> Marker:
        """What the proxy files shall say once this colour serves."""
        releases = {
            self.deployment.to_color: self.deployment.release,
            self.deployment.from_color: self.deployment.from_release,
        }
        release = releases.get(color) if color else None
        return Marker(
            service=self.deployment.service,
            color=color,
            release=release.name if release else None,
            generation=self.deployment.generation,
            epoch=self.deployment.epoch,
        )

    def route(self, color: Color | None) -> Route:
        """All requests to this colour; None: to what was there before any."""
        return self.site.route(self.marker(color))

    def keep_confirmed(self) -> None:
        """Keep what the proxies serve by now, as far as it is this deployment's: by that, damage is seen.

        Where there is no room for it, users come first.
        """
        try:
            self.router.keep_confirmed(self.deployment.generation)
        except PhaseFailed as error:
            self.warn(error.what)
