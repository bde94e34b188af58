"""How a lease is kept while a phase's work runs."""

import threading

import pytest

from bluegreen.deployment.errors import AbortRequested, Superseded
from bluegreen.deployment.record import Deployment, PhaseRecord, now
from bluegreen.deployment.states import Phase, PhaseState
from bluegreen.store import keys
from bluegreen.store.deployments import Store
from bluegreen.store.lease import Lease
from tasks import heartbeat
from tasks.heartbeat import Heartbeat
from tasks.leftovers import may_have_any
from tests.redises import redis

__all__ = ["redis"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat shall end soon where the Redis in memory wakes nobody."""
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.1)


def begun(store: Store) -> tuple[Deployment, Lease]:
    deployment = store.create("web", "somebody")
    _, begun = store.begin(deployment.id, Phase.CHECKOUT, 1, "we")
    assert begun is not None
    return begun, Lease(store, deployment.id, Phase.CHECKOUT, 1, "we")


def test_a_lease_that_another_worker_has_had_is_lost_for_good(store: Store) -> None:
    deployment, lease = begun(store)
    kept = Heartbeat(lease)
    store.redis.set(keys.lease(deployment.id), "another")

    kept.beat()  # until it is lost
    store.redis.delete(keys.lease(deployment.id))

    assert lease.check().id == deployment.id, "as the record has it, it might go on"
    for ask in (kept.check, lambda: kept.pause(3600)):
        with pytest.raises(Superseded):
            ask()


def test_an_abort_ends_a_wait_and_the_lease_is_kept(store: Store) -> None:
    deployment, lease = begun(store)
    with Heartbeat(lease) as kept:
        # a beat may have begun just before the request: the next event is seen at once
        threading.Timer(0.1, store.request_abort, (deployment.id, "ann")).start()
        with pytest.raises(AbortRequested, match="aborted by ann"):
            kept.pause(60)
        assert kept.is_cancelled() and store.is_leased(deployment.id)
    for thread in threading.enumerate():
        if thread.name == f"heartbeat {deployment.id}":
            thread.join(10)  # it waits for an event, and its Redis is about to be closed


def test_leftovers_are_looked_for_where_a_worker_may_have_died(store: Store) -> None:
    deployment, _ = begun(store)

    def had_others(phase: Phase, **of_the_last: int) -> bool:
        last = PhaseRecord(name=Phase.HEALTH_CHECK, state=PhaseState.DONE, started=now(), **of_the_last)
        return may_have_any(deployment.with_phase(last), phase)

    assert not had_others(Phase.RESTORE_TRAFFIC)
    assert had_others(Phase.CHECKOUT), "of a deployment that was unlocked, say"
    assert had_others(Phase.RESTORE_TRAFFIC, takeovers=1)
    assert had_others(Phase.RESTORE_TRAFFIC, attempts=2)
