"""Finds deployments that nobody drives any more and relaunches them, inside each worker, beat or no beat."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime

from bluegreen.deployment import deadline, promotion
from bluegreen.deployment.errors import NotSent
from bluegreen.deployment.installation import Installation
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from bluegreen.settings import freezes
from bluegreen.store import keys, workers
from bluegreen.store.clock import redis_time
from bluegreen.store.deployments import Store
from bluegreen.store.refusals import StoreError, message_of
from workflows.deploy import launch

log = logging.getLogger(__name__)

#: seconds between two sweeps
SWEEP_SECONDS = 1.0
#: a sweep that takes long is followed by a pause of so many times that, up to LONGEST_PAUSE: it may have waited
#: for a Redis that was away, and the worker must be heard of while its last announcement is believed
SHARE, LONGEST_PAUSE = 9, workers.BELIEVED_SECONDS / 3
#: seconds that a stopping worker waits for its sweep
STOP_SECONDS = 2.0
#: the deployments that have a message in the list: its headers hold its arguments in plain text, and the
#: second of them is the id. Redis itself looks: the messages are several hundred times as long.
QUEUED = """
local found = {}
for _, message in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  found[#found + 1] = string.match(message, [["argsrepr": ?"[%(%[]'[^']*', '([^']*)']])
end
return found
"""


class Recovery:
    """Sweeps the locks of the services that this worker serves.

    A deployment is taken over when two sweeps in a row find it without a lease, unchanged, and without a
    message in the queue: one that only waits for a busy worker is left alone.

    `looked`: called after each sweep, with why it could not look, or an empty text.
    `store`: one that does not wait. Of a Redis that lets nobody write for a while it would else take, as soon as
    it does, what its owner is about to go on with.
    """

    def __init__(
        self,
        store: Store,
        worker: str,
        here: Installation,
        services: Iterable[str],
        frozen: workers.FreezeOf = workers.never,
        looked: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.store = store
        self.worker = worker
        self.here = here
        self.services = tuple(services)
        self.frozen = frozen
        self.looked = looked
        self._suspects: dict[str, int] = {}
        self._problem = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recovery", daemon=True)

    def start(self) -> None:
        """Announce the worker, and sweep, from now until `stop`; a Redis that does not let it is asked again."""
        self._thread.start()

    def stop(self) -> None:
        """Afterwards no sweep begins, and clients no longer count on this worker.

        A Redis that is away does not hold a worker that shall end: what it last said of itself expires there.
        """
        self._over.set()
        self._thread.join(STOP_SECONDS)

    def sweep(self) -> list[Deployment]:
        """Look once; return what was taken over."""
        forsaken = {deployment.id: deployment.revision for deployment in self._list_forsaken()}
        confirmed = [each for each, revision in forsaken.items() if self._suspects.get(each) == revision]
        self._suspects = forsaken
        return [taken for each in confirmed if (taken := self._take_over(each))]

    def _list_forsaken(self) -> list[Deployment]:
        """What nobody runs and no worker will get, as far as this one look shows; what is overdue ends here."""
        unleased = self.store.unleased(self.store.holders(self.services))
        if not unleased:
            return []
        queued = self._list_queued()
        records = self.store.records([each for each in unleased if each not in queued])
        moment = redis_time(self.store.redis)
        return [
            deployment
            for deployment in records
            if not (
                deployment.state.final or self._has_expired(deployment, moment) or self._waits(deployment, moment)
            )
        ]

    def _waits(self, deployment: Deployment, moment: datetime) -> bool:
        """Whether it waits for a promotion, or did until now: one that has waited long enough goes on, or back."""
        if deployment.state is not State.AWAITING_PROMOTION:
            return False
        if promotion.is_over(deployment, moment):
            freeze = self.frozen(deployment.service, moment)
            is_frozen = not freezes.is_overridden(freeze, deployment.freeze_passed)
            if ended := self.store.end_wait(deployment.id, is_frozen):
                log.warning("%s has waited long enough for a promotion: %s", ended.id, ended.state.words)
                launch(ended)
        return True

    def _has_expired(self, deployment: Deployment, moment: datetime) -> bool:
        return deadline.is_over(deployment, moment) and self.store.expire(deployment.id) is not None

    def _list_queued(self) -> set[str]:
        """What waits for a worker of this installation, this one or another."""
        return set(self.store.redis.eval(QUEUED, 1, keys.queue(self.here.id)))

    def _take_over(self, deployment_id: str) -> Deployment | None:
        taken = self.store.take_over(deployment_id)
        if taken is not None and not taken.state.final:
            log.warning("%s is taken over in %s (epoch %d)", taken.id, taken.phase, taken.epoch)
            launch(taken)
        return taken

    def _announce(self) -> None:
        lost = workers.announce(self.store.redis, self.worker, self.here, self.services, self.frozen)
        for service, owner in lost.items():
            log.error("%s lives on %s now, which has claimed it: this worker serves it no more", service, owner)
        self.services = tuple(each for each in self.services if each not in lost)

    def _look(self) -> None:
        problem = ""
        try:
            self._announce()
            self.sweep()
        except (NotSent, StoreError) as error:
            # Whoever runs a phase could not say so either: what was seen until now counts for nothing.
            self._suspects, problem = {}, message_of(error)
        except Exception:
            log.exception("the sweep failed, the next one is in %g s", SWEEP_SECONDS)
        if problem and problem != self._problem:
            log.warning("the sweep fails, and is tried each %g s: %s", SWEEP_SECONDS, problem)
        self._problem = problem
        self.looked(problem)

    def _run(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            self._look()
            # With very many deployments under way, most of the time is still left to them.
            self._over.wait(min(LONGEST_PAUSE, max(SWEEP_SECONDS, SHARE * (time.monotonic() - began))))
        with contextlib.suppress(StoreError):
            workers.withdraw(self.store.redis, self.worker)
