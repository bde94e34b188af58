"""Maintenance, inside each worker: turned on and off as somebody asks, and kept whatever happens to a proxy."""

from functools import partial

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.event import Event, EventKind
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.settings import freezes
from bluegreen.store import events, maintenances
from bluegreen.store.answers import Ticket
from bluegreen.store.clock import redis_time
from bluegreen.store.deployments import Store
from bluegreen.store.observations import LOOK_SECONDS
from bluegreen.store.requests import Maintain
from tasks import maintenance
from tasks.services import Services
from workflows.rounds import Rounds


class Maintaining:
    """What is done about a request. It may be done twice."""

    def __init__(self, store: Store, services: Services) -> None:
        self.store = store
        self.services = services

    def act(self, asked: Maintain, ticket: Ticket) -> str:
        """Turn it on, with what is asked for now, or off; the service's name to answer with.

        A freeze holds what would take the site from its users, and never what gives it back.
        """
        self.store.redis.transaction(ticket.require_open, ticket.key)
        site = self.services.site(asked.service, Keeper.subject)
        before = site.maintenance()
        wanted = self._wanted(asked, before) if asked.on else None
        is_free = partial(_is_free, self.store, asked.service)
        maintenance.turn(site, self.store, wanted, NeverCancelled(), is_free)
        if wanted != before:
            self._report(asked, wanted)
        return asked.service

    def _wanted(self, asked: Maintain, before: Maintenance | None) -> Maintenance:
        settings, moment = self.services.settings(asked.service), redis_time(self.store.redis)
        passed = before.freeze_passed if before else None
        if before is None:
            freeze = freezes.in_force(self.services.config().freezes, asked.service, moment)
            passed = freezes.override(
                asked.service, freeze, asked.why, f"bluegreen maintenance on {asked.service}"
            )
        wanted = maintenance.draft(
            settings, moment, asked.requested_by, asked.message, allow=asked.allow, freeze_passed=passed
        )
        if before is None:
            return wanted
        # the same again is nothing new: who has turned it on, and when, stays
        kept = {"since": before.since, "secret": before.secret, "requested_by": before.requested_by}
        return wanted.with_(**kept)

    def _report(self, asked: Maintain, wanted: Maintenance | None) -> None:
        what = f"maintenance is on, {wanted.words}" if wanted else f"maintenance is off, by {asked.requested_by}"
        if live := self.store.live(asked.service):
            events.add_late(self.store.redis, live.id, Event(EventKind.MAINTENANCE, data={"what": what}))


class Keeper(Rounds):
    """Sees that each proxy has the page while a maintenance is on, and not after it, and that everybody knows."""

    subject = "maintenance"
    seconds = LOOK_SECONDS
    left_out = 1

    def look(self, service: str) -> None:
        """Look once, and put right what is not so."""
        site = self.site(service)
        maintenance.bring_into_line(site, self, partial(_is_free, self.store, service))
        maintenances.announce(self.store.redis, self.store.installation, service, site.maintenance())


def _is_free(store: Store, service: str) -> bool:
    return not store.is_in_hand(service)
