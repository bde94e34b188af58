"""What is another installation's, a worker leaves alone."""

import pytest

from bluegreen.deployment.states import Phase
from bluegreen.deployment.transitions import Admission
from bluegreen.store import keys, outbox, owners, workers
from bluegreen.store.deployments import Store
from tests.here import ELSEWHERE, HERE
from tests.redises import redis
from workflows.recovery import Recovery

__all__ = ["redis"]


def test_a_worker_of_another_installation_does_nothing_to_a_deployment(store: Store) -> None:
    """However it got the message, and although both have a service of that name."""
    ours, elsewhere = store.create("web", "me"), store.at(ELSEWHERE.id)
    theirs = elsewhere.create("web", "me")
    workers.announce(store.redis, "w@staging", ELSEWHERE, ["web"])
    store.redis.delete(keys.lease(ours.id))

    assert elsewhere.begin(ours.id, Phase.CHECKOUT, 1, "w@staging/1") == (Admission.STALE, None)
    sweeping = Recovery(elsewhere, "w@staging", ELSEWHERE, ["web"])
    assert [sweeping.sweep() for _ in range(2)] == [[], []]
    assert outbox.due(store.redis, ELSEWHERE.id, ["web"]) == []

    assert store.get(ours.id) == ours and store.history("web") == [ours] and elsewhere.holder("web") == theirs


def test_a_worker_whose_service_was_claimed_serves_it_no_more(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    owners.settle(store.redis, HERE, ["web", "shop"])
    worker = Recovery(store, "w@deploy-host", HERE, ["web", "shop"])
    worker._look()
    assert owners.hand_over(store.redis, "web", HERE, ELSEWHERE)

    worker._look()

    assert worker.services == ("shop",) and "web lives on staging" in caplog.text
    assert workers.alive(store.redis) == {"shop": ["w@deploy-host"]}
