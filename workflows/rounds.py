"""A thread of the worker that looks after each of its services, again and again."""

import logging
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
from typing import ClassVar

from bluegreen.deployment.errors import BlueGreenError, Superseded
from bluegreen.parallel import at_once
from bluegreen.store.deployments import Store
from bluegreen.store.refusals import StoreError
from bluegreen.traffic.site import Site
from tasks.services import Services

log = logging.getLogger(__name__)


class Rounds(ABC):
    """It is a `Cancellation`: no effect of it begins once the worker stops."""

    #: what it looks at
    subject: ClassVar[str]
    #: seconds between two looks
    seconds: ClassVar[float]
    #: looks that are left out after one that failed
    left_out: ClassVar[int]

    def __init__(self, store: Store, services: Services, names: Iterable[str]) -> None:
        self.store = store
        self.services = services
        self.names = tuple(names)
        self._left_out: Counter[str] = Counter()
        self._over = threading.Event()

    @abstractmethod
    def look(self, service: str) -> None:
        """Look once, and do what is to be done."""

    def site(self, service: str) -> Site:
        """The service with a runtime and proxies of these rounds' own."""
        return self.services.site(service, self.subject)

    def start(self) -> None:
        """Look from now until `stop`."""
        threading.Thread(target=self._run, name=self.subject, daemon=True).start()

    def stop(self) -> None:
        """Afterwards nothing is begun any more."""
        self._over.set()

    def check(self) -> None:
        if self._over.is_set():
            raise Superseded("the worker stops")

    def is_cancelled(self) -> bool:
        return self._over.is_set()

    def pause(self, seconds: float) -> None:
        self._over.wait(seconds)
        self.check()

    def report(self, message: str) -> None:
        log.warning("%s", message)

    def _run(self) -> None:
        while not self._over.wait(self.seconds):
            at_once(self.names, self._look_in_turn)

    def _look_in_turn(self, service: str) -> None:
        if self._left_out[service]:
            self._left_out[service] -= 1
            return
        try:
            self.look(service)
        except Superseded:
            return
        except (BlueGreenError, StoreError) as error:
            log.info("%s: %s: not known: %s", service, self.subject, error)
            self._left_out[service] = self.left_out
        except Exception:
            log.exception("%s: %s", service, self.subject)
            self._left_out[service] = self.left_out
