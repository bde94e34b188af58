"""What a phase's work is given, with a real heartbeat on a real Redis."""

import threading

import pytest

from bluegreen.deployment.errors import Superseded
from bluegreen.deployment.record import PhaseRecord, now
from bluegreen.deployment.states import Phase, PhaseState
from bluegreen.store import keys
from bluegreen.store.deployments import Store
from bluegreen.store.lease import Lease
from tasks.context import PhaseContext

pytestmark = pytest.mark.real


def test_a_claim_that_another_worker_has_had_is_lost_for_good(store: Store) -> None:
    deployment = store.create("web", "somebody")
    store.begin(deployment.id, Phase.CHECKOUT, 1, "we")
    context = PhaseContext.__new__(PhaseContext)  # no service, and no doors
    context.lease, context.deployment = Lease(store, deployment.id, Phase.CHECKOUT, 1, "we"), deployment
    context._cancelled, context._over, context._lost = threading.Event(), threading.Event(), None
    store.redis.set(keys.lease(deployment.id), "another")

    context._beat()  # until it is over
    store.redis.delete(keys.lease(deployment.id))

    assert context.lease.check().id == deployment.id, "as the record has it, it might go on"
    for ask in (context.check, lambda: context.pause(3600)):
        with pytest.raises(Superseded):
            ask()


def test_leftovers_are_looked_for_where_a_worker_may_have_died(store: Store) -> None:
    def had_others(phase: Phase, **of_the_last: int) -> bool:
        context = PhaseContext.__new__(PhaseContext)
        last = PhaseRecord(name=Phase.HEALTH_CHECK, state=PhaseState.DONE, started=now(), **of_the_last)
        context.lease, context.deployment = (
            Lease(store, deployment.id, phase, 2, "we"),
            deployment.with_phase(last),
        )
        return context._had_others()

    deployment = store.create("web", "somebody")

    assert not had_others(Phase.RESTORE_TRAFFIC)
    assert had_others(Phase.CHECKOUT), "of a deployment that was unlocked, say"
    assert had_others(Phase.RESTORE_TRAFFIC, takeovers=1)
    assert had_others(Phase.RESTORE_TRAFFIC, attempts=2)
