"""Puts a service's proxy files right outside of any deployment, as long as none is in hand."""

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import Busy, UsageError
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.states import Color
from bluegreen.deployment.upkeep import Found
from bluegreen.store.records import Records
from bluegreen.traffic.site import Site


class Idle(NeverCancelled):
    """Cancels a change while a deployment of the service is in hand, or once one has been since.

    A deployment that begins later has a larger generation, and looks for itself. One that waits for a promotion
    holds the lock until it was in hand again.
    """

    def __init__(self, store: Records, service: str) -> None:
        self.store = store
        self.service = service
        self.messages: list[str] = []
        self._before = self._order()

    def check(self) -> None:
        """Raise Busy when it is not so."""
        if self.is_cancelled() or self._order() != self._before:
            raise Busy(
                f"{self.service}: a deployment is under way, which puts the files right by itself",
                advice=f"Wait for it: bluegreen status {self.service}",
            )

    def is_cancelled(self) -> bool:
        """Whether it is so no more; a lock is not waited for in vain then."""
        return self.store.is_in_hand(self.service)

    def report(self, message: str) -> None:
        """Keep it for whoever asked."""
        self.messages.append(message)

    def _order(self) -> tuple[int, list[str]]:
        return self.store.generation(self.service), self.store.holders([self.service])


def repair(site: Site, cancellation: Idle, chosen: Color | None = None) -> Found:
    """Afterwards each proxy's file leads to the live colour, and its nginx has taken that up. What was found.

    Nothing is written in Redis. `chosen`: the colour that shall serve where it is not clear. Raises Busy,
    UsageError, and PhaseFailed where the parts contradict each other or an nginx refuses.
    """
    cancellation.check()
    store = cancellation.store
    found = site.look(store.live(site.name), chosen, store.previewed(site.name))
    _check_choice(site, found, chosen)
    if found.color and found.wrong:
        # a larger epoch than any: it parts this file from one that a killed worker wrote and nobody took up
        generation, epoch = found.order
        marker = Marker(site.name, found.color, found.release, generation, epoch + 1)
        site.upkeep.repair(found, site.route(marker), cancellation)
    return found


def _check_choice(site: Site, found: Found, chosen: Color | None) -> None:
    if chosen is None:
        return
    if found.color is not chosen:
        raise UsageError(f"{site.name}: {found.color} serves", advice="Without --color, its files are put right.")
    if not site.runtime.look(chosen).running:
        raise UsageError(f"{site.name}: {chosen} does not run", advice="Start it, or choose the other one.")
