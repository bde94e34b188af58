"""Finds deployments that nobody drives any more and relaunches them, inside each worker, beat or no beat."""

import logging
import threading
from collections.abc import Iterable

from redis.exceptions import RedisError

from deployment import keys, workers
from deployment.record import Record
from deployment.store import Store
from workflows.deploy import launch

log = logging.getLogger(__name__)

#: seconds between two sweeps
SWEEP_SECONDS = 1.0


class Recovery:
    """Sweeps the locks of the services that this worker serves.

    A deployment is taken over when two sweeps in a row find it without a lease, unchanged, and without a
    message in the queue: one that only waits for a busy worker is left alone.
    """

    def __init__(self, store: Store, worker: str, services: Iterable[str]) -> None:
        self.store = store
        self.worker = worker
        self.services = tuple(services)
        self._suspects: dict[str, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recovery", daemon=True)

    def start(self) -> None:
        """Announce the worker, and sweep from now until `stop`."""
        workers.announce(self.store.redis, self.worker, self.services)
        self._thread.start()

    def stop(self) -> None:
        """Afterwards no sweep begins, and clients no longer count on this worker."""
        self._over.set()
        workers.withdraw(self.store.redis, self.worker)

    def sweep(self) -> list[Record]:
        """Look once; return what was taken over."""
        held = [record for service in self.services if (record := self.store.holder(service))]
        forsaken = {record.id: record.revision for record in held if self._is_forsaken(record)}
        confirmed = [each for each, revision in forsaken.items() if self._suspects.get(each) == revision]
        self._suspects = forsaken
        return [taken for each in confirmed if (taken := self._take_over(each))]

    def _is_forsaken(self, record: Record) -> bool:
        return not record.state.final and not self.store.is_leased(record.id) and not self._is_queued(record)

    def _is_queued(self, record: Record) -> bool:
        # A message's headers hold its arguments in plain text (argsrepr): enough to find it, whatever its task.
        messages = self.store.redis.lrange(keys.queue(record.service), 0, -1)
        return any(f"'{record.id}'" in message for message in messages)

    def _take_over(self, deployment: str) -> Record | None:
        taken = self.store.take_over(deployment)
        if taken is not None and not taken.state.final:
            log.warning("%s is taken over in %s (epoch %d)", taken.id, taken.phase, taken.epoch)
            launch(taken)
        return taken

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                workers.announce(self.store.redis, self.worker, self.services)
                self.sweep()
            except RedisError as error:
                log.warning("the sweep failed, the next one is in %g s: %s", SWEEP_SECONDS, error)
            except Exception:
                log.exception("the sweep failed, the next one is in %g s", SWEEP_SECONDS)
            self._over.wait(SWEEP_SECONDS)
