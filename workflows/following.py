"""Sees, inside each worker, that a live container has another address, or none any more."""

from collections import Counter
from collections.abc import Iterable
from functools import partial

from bluegreen.deployment.states import Color
from bluegreen.store.deployments import Store
from bluegreen.traffic.site import Site
from tasks.services import Services
from workflows.rounds import Rounds

#: seconds between two looks
LOOK_SECONDS = 0.5
#: looks in a row that must find a colour without an address: a container that is restarted keeps its own, mostly
GONE_LOOKS = 3
#: looks that are left out after one that failed
LEFT_OUT = 10

#: the addresses of each colour
Locations = dict[Color, frozenset[str]]


class Follower(Rounds):
    """Looks after the proxies of this worker's services whose files have a container's name in them."""

    subject = "addresses"
    seconds = LOOK_SECONDS
    left_out = LEFT_OUT

    def __init__(self, store: Store, services: Services, names: Iterable[str]) -> None:
        super().__init__(store, services, names)
        self._settled: dict[str, Locations] = {}
        self._gone: Counter[str] = Counter()

    def look(self, service: str) -> None:
        """Look once; have each nginx of the service load its file again that leads where no live container is."""
        site = self.site(service)
        if not site.upkeep.has_names():
            return
        locations = {color: frozenset(site.runtime.hosts_in_network(color)) for color in Color}
        if locations == self._settled.get(service) or not self._is_certain(site, locations):
            return
        if site.upkeep.follow(self, partial(self._is_free, service)):
            self._settled[service] = locations

    def _is_certain(self, site: Site, locations: Locations) -> bool:
        service, live = site.name, site.upkeep.named_colors()
        self._gone[service] = self._gone[service] + 1 if any(not locations[color] for color in live) else 0
        return self._gone[service] not in range(1, GONE_LOOKS)

    def _is_free(self, service: str) -> bool:
        return not self.store.is_in_hand(service)
