"""Sees, inside each worker, that a proxy file that lived in a container is gone with it, and puts it back."""

from collections.abc import Iterable

from bluegreen.store.deployments import Store
from tasks.repair import Idle, repair
from tasks.services import Services
from workflows.rounds import Rounds


class CopiedFiles(Rounds):
    """Looks after the proxies of this worker's services that have their file copied in (`copy_to`)."""

    subject = "copied files"
    seconds = 2.0
    left_out = 1

    def __init__(self, store: Store, services: Services, names: Iterable[str]) -> None:
        super().__init__(store, services, names)
        self._missed: set[str] = set()

    def look(self, service: str) -> None:
        """Look once; what two looks in a row find lost is put back, unless a deployment is in hand, which does so.

        Two: a container that is being replaced may be replaced once more, and its nginx is not up yet.
        """
        site = self.site(service)
        if not (gone := site.upkeep.lost()) or self.store.is_in_hand(service):
            self._missed.discard(service)
            return
        if service not in self._missed:
            self._missed.add(service)
            return
        for label in gone:
            site.upkeep.note_loss(label)
        cancellation = _Stoppable(self, service)
        repair(site, cancellation)
        for line in cancellation.messages:
            self.report(line)


class _Stoppable(Idle):
    """Nothing is changed once the worker stops, either."""

    def __init__(self, watch: Rounds, service: str) -> None:
        super().__init__(watch.store, service)
        self.watch = watch

    def check(self) -> None:
        self.watch.check()
        super().check()
