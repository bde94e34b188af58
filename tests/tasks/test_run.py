"""What a phase's work is given, with a real heartbeat on a real Redis."""

import threading

import pytest

from deployment import keys
from deployment.claim import Claim
from deployment.errors import Superseded
from deployment.states import Phase
from deployment.store import Store
from tasks.run import Run

pytestmark = pytest.mark.real


def test_a_claim_that_another_worker_has_had_is_lost_for_good(store: Store) -> None:
    record = store.create("web", "somebody")
    store.begin(record.id, Phase.CHECKOUT, 1, "we")
    run = Run.__new__(Run)  # no service, and no doors
    run.claim, run.record = Claim(store, record.id, Phase.CHECKOUT, 1, "we"), record
    run._cut, run._over, run._lost = threading.Event(), threading.Event(), None
    store.redis.set(keys.lease(record.id), "another")

    run._beat()  # until it is over
    store.redis.delete(keys.lease(record.id))

    assert run.claim.check().id == record.id, "as the record has it, it might go on"
    for ask in (run.check, lambda: run.pause(3600)):
        with pytest.raises(Superseded):
            ask()
