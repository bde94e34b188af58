"""What a phase's work is given, with a real heartbeat on a real Redis."""

import threading

import pytest

from bluegreen.deployment.errors import Superseded
from bluegreen.deployment.record import PhaseRecord, now
from bluegreen.deployment.states import Phase, PhaseState
from bluegreen.store import keys
from bluegreen.store.deployments import Store
from bluegreen.store.lease import Claim
from tasks.context import Run

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


def test_leftovers_are_looked_for_where_a_worker_may_have_died(store: Store) -> None:
    def had_others(phase: Phase, **of_the_last: int) -> bool:
        run = Run.__new__(Run)
        last = PhaseRecord(name=Phase.HEALTH_CHECK, state=PhaseState.DONE, started=now(), **of_the_last)
        run.claim, run.record = Claim(store, record.id, phase, 2, "we"), record.with_phase(last)
        return run._had_others()

    record = store.create("web", "somebody")

    assert not had_others(Phase.RESTORE_TRAFFIC)
    assert had_others(Phase.CHECKOUT), "of a deployment that was unlocked, say"
    assert had_others(Phase.RESTORE_TRAFFIC, takeovers=1)
    assert had_others(Phase.RESTORE_TRAFFIC, attempts=2)
