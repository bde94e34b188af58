"""Keeps short, inside each worker, what would grow for ever on this host."""

import logging
import threading
from collections.abc import Iterable

from bluegreen.deployment.errors import BlueGreenError
from tasks.services import Services

log = logging.getLogger(__name__)

#: seconds between two looks
LOOK_SECONDS = 10.0


class Housekeeper:
    """Looks after the logs of the services that this worker serves. Several, of several workers, do no harm."""

    def __init__(self, services: Services, names: Iterable[str]) -> None:
        self.services = services
        self.names = tuple(names)
        self._over = threading.Event()

    def start(self) -> None:
        """Look from now until `stop`."""
        threading.Thread(target=self._run, name="housekeeper", daemon=True).start()

    def stop(self) -> None:
        """Afterwards nothing is begun any more."""
        self._over.set()

    def look(self) -> None:
        """Look once. A log that cannot be shortened is reported, and the next look tries again."""
        for service in self.names:
            try:
                self.services.site(service, "housekeeper").runtime.shorten_logs()
            except BlueGreenError as error:
                log.warning("%s: its logs cannot be kept short: %s", service, error)
            except Exception:
                log.exception("%s: its logs cannot be kept short", service)

    def _run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self.look()
