"""Looks, inside each worker, what users get, and says so; a live process that died is started again."""

import logging
from collections.abc import Iterable
from time import monotonic

from bluegreen.deployment.errors import BlueGreenError, Superseded
from bluegreen.deployment.event import Event, EventKind
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.store import events, observations
from bluegreen.store.deployments import Store
from bluegreen.store.observations import LOOK_SECONDS, Observation
from bluegreen.traffic.serving import hasty_ask, see
from bluegreen.traffic.site import Site
from tasks.services import Services
from workflows.rounds import Rounds

log = logging.getLogger(__name__)

#: seconds before a bad look is confirmed: what was live may just have been switched
AGAIN_SECONDS = 1.0
#: seconds between two starts of what does not hold out: twice as long each time, up to the second
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0


class Restarts:
    """When what does not hold out may be started again."""

    def __init__(self) -> None:
        self.over()

    def over(self) -> None:
        """It holds out."""
        self._pause, self._due = FIRST_PAUSE, 0.0

    def is_due(self) -> bool:
        return monotonic() >= self._due

    def began(self) -> None:
        """It is started again."""
        self._due = monotonic() + self._pause
        self._pause = min(LONGEST_PAUSE, 2 * self._pause)


class Watch(Rounds):
    """Looks at each service every few seconds."""

    subject = "what users get"
    seconds = LOOK_SECONDS
    left_out = 0

    def __init__(self, store: Store, services: Services, names: Iterable[str]) -> None:
        super().__init__(store, services, names)
        self._restarts = {service: Restarts() for service in self.names}

    def look(self, service: str) -> None:
        """Look, say what was seen, and start again what has died."""
        seen = self.observation(service)
        observations.write(self.store.redis, self.store.installation, service, seen)
        if seen.serves:
            self._restarts[service].over()
        elif seen.color:
            log.warning("%s: %s", service, seen.sentence)
            self._start_again(service, seen.color)

    def observation(self, service: str) -> Observation:
        """What users of the service get. What is bad is looked at twice."""
        seen = self._see(service)
        if seen.serves is not False:
            return seen
        self.pause(AGAIN_SECONDS)
        again = self._see(service)
        return again if (again.color, again.release) == (seen.color, seen.release) else self._see(service)

    def _see(self, service: str) -> Observation:
        site, live = self.site(service), self.store.live(service)
        try:
            return see(site, live, hasty_ask(site, live), self)
        except Superseded:
            raise
        except BlueGreenError as error:
            return Observation(None, None, None, error.what)

    def _start_again(self, service: str, color: Color) -> None:
        """A process has no Engine that does so. Not while a deployment is in hand, which does it itself."""
        site = self.site(service)
        found = site.runtime.look(color)
        is_ours = site.settings.processes and found.deployment_id and found.release
        if not is_ours or found.running or not self._restarts[service].is_due():
            return
        known = self.store.newest_of(service, found.release or "")
        release = known.release if known and known.release else Release(name=found.release or "")
        cancellation = Free(self, self.store, site, color)
        cancellation.check()
        self._restarts[service].began()
        site.runtime.start(color, release, found.deployment_id or "", cancellation)
        log.warning("%s: %s had ended while it was live: it is started again", service, color)
        if live := self.store.live(service):
            events.add_late(self.store.redis, live.id, Event(EventKind.RESTARTED, data={"color": color.value}))


class Free:
    """The `Cancellation` of the start of a colour that is live, while no deployment is in hand."""

    def __init__(self, watch: Watch, store: Store, site: Site, color: Color) -> None:
        self.watch, self.store, self.site, self.color = watch, store, site, color

    def check(self) -> None:
        self.watch.check()
        if self.store.is_in_hand(self.site.name):
            raise Superseded(f"{self.site.name}: a deployment is in hand, and looks after its colours itself")
        if not any(each.sends_to(self.color) for each in self.site.router.observe().values()):
            raise Superseded(f"{self.site.name}: {self.color} is not live any more")

    def is_cancelled(self) -> bool:
        return self.watch.is_cancelled()

    def pause(self, seconds: float) -> None:
        self.watch.pause(seconds)

    def report(self, message: str) -> None:
        self.watch.report(f"{self.site.name}: {message}")
