"""What nobody begins in time expires, whoever meets it first, and its message begins nothing any more."""

from datetime import timedelta

import pytest

from bluegreen.deployment import deadline
from bluegreen.deployment.errors import Busy
from bluegreen.deployment.record import Deployment, now
from bluegreen.deployment.states import Phase, State
from bluegreen.deployment.transitions import Admission, Step
from bluegreen.store import events, keys, workers
from bluegreen.store.clock import redis_time
from bluegreen.store.deployments import Store
from tests.here import HERE
from workflows.recovery import Recovery


def queued(**changes: object) -> Deployment:
    deployment = Deployment(
        id="web-1-aa", service="web", installation=HERE.id, requested_by="me", requested_at=now(), generation=1
    )
    return deployment.with_(**{"starting_deadline": now(), **changes})


@pytest.mark.unit
def test_at_its_deadline_it_ends_and_says_who_could_have_begun_it() -> None:
    deployment = queued()

    alone = deadline.expire(deployment, []).deployment
    busy = deadline.expire(deployment, ["w1@host", "w2@host"]).deployment

    assert alone is not None and alone.error is not None and alone.state is State.EXPIRED and alone.phase is None
    assert "none" in alone.error.saw and "bluegreen worker" in alone.error.advice
    assert busy is not None and busy.error is not None
    assert "w1@host, w2@host" in busy.error.saw and "busy" in busy.error.advice


@pytest.mark.unit
def test_before_its_deadline_or_once_it_has_begun_it_stays() -> None:
    moment = now()

    assert deadline.is_over(queued(starting_deadline=moment), moment)
    assert not deadline.is_over(queued(starting_deadline=moment + timedelta(seconds=1)), moment)
    assert not deadline.is_over(queued(state=State.RUNNING), moment + timedelta(days=1))
    assert not deadline.is_over(queued(starting_deadline=None), moment)


@pytest.mark.real
def test_the_deadline_is_by_the_clock_of_redis(store: Store) -> None:
    deployment = store.create("web", "me", 60)

    assert deployment.starting_deadline is not None
    assert 0 < (deployment.starting_deadline - redis_time(store.redis)).total_seconds() <= 60
    assert store.expire(deployment.id) is None


@pytest.mark.real
def test_its_message_begins_nothing_when_it_comes_too_late(store: Store) -> None:
    deployment = store.create("web", "me", 0)

    assert store.begin(deployment.id, Phase.CHECKOUT, deployment.epoch, "worker") == (Admission.STALE, None)

    ended = store.get(deployment.id)
    assert ended is not None and (ended.state, ended.phases) == (State.EXPIRED, ())
    assert store.holder("web") is None
    assert [each.data.get("state") for each in events.read(store.redis, deployment.id)] == [None, State.EXPIRED]


@pytest.mark.real
def test_the_next_deployment_does_not_wait_for_it(store: Store) -> None:
    forgotten = store.create("web", "me", 0)

    following = store.create("web", "me")

    assert store.holder("web") == following
    assert store.get(forgotten.id).state is State.EXPIRED
    with pytest.raises(Busy):
        store.create("web", "me")


@pytest.mark.real
def test_a_workers_sweep_ends_it_instead_of_sending_it_again(store: Store) -> None:
    workers.announce(store.redis, "w1@host", HERE, ["web"])
    deployment = store.create("web", "me", 0)
    store.redis.delete(keys.lease(deployment.id))  # the time in which its message may be on the way is over

    assert Recovery(store, "w1@host", HERE, ["web"]).sweep() == []

    ended = store.get(deployment.id)
    assert ended is not None and ended.state is State.EXPIRED
    assert ended.error is not None and "w1@host" in ended.error.saw


@pytest.mark.real
def test_a_record_that_cannot_be_read_keeps_a_sweep_from_no_other(store: Store) -> None:
    broken, overdue = store.create("web", "me", 0), store.create("shop", "me", 0)
    store.redis.delete(keys.lease(broken.id), keys.lease(overdue.id))
    store.redis.set(keys.deployment(broken.id), "{")

    Recovery(store, "w1@host", HERE, ["web", "shop"]).sweep()

    ended = store.get(overdue.id)
    assert ended is not None and ended.state is State.EXPIRED


@pytest.mark.real
def test_what_a_worker_has_begun_in_time_never_expires(store: Store) -> None:
    deployment = store.create("web", "me", 60)
    store.begin(deployment.id, Phase.CHECKOUT, deployment.epoch, "worker")
    store.change(deployment.id, lambda each, _: (None, _with_deadline_over(each)))

    assert store.expire(deployment.id) is None
    assert store.begin(deployment.id, Phase.CHECKOUT, deployment.epoch, "worker")[0] is Admission.RUN


def _with_deadline_over(deployment: Deployment) -> Step:
    return Step(deployment.with_(starting_deadline=deployment.requested_at - timedelta(days=1)))
