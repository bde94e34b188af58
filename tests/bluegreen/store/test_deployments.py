"""Records in Redis: one writer wins, the lock and the generation hold."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bluegreen.deployment.errors import AbortRequested, Busy, RecordUnreadable, Superseded
from bluegreen.deployment.event import EventKind
from bluegreen.deployment.record import Deployment, Failure
from bluegreen.deployment.states import Phase, State
from bluegreen.deployment.transitions import Admission
from bluegreen.store import events, keys
from bluegreen.store.deployments import Store
from bluegreen.store.lease import Lease
from cli.output.sentences import sentence


def run_to_the_end(store: Store, deployment: Deployment) -> Deployment:
    while deployment.phase is not None:
        answer, _ = store.begin(deployment.id, deployment.phase, deployment.epoch, "me")
        assert answer is Admission.RUN
        deployment = Lease(store, deployment.id, deployment.phase, deployment.epoch, "me").commit("")
    return deployment


def test_a_second_deployment_is_refused_with_the_holder(store: Store) -> None:
    first = store.create("web", "ann@host", ref="v1")

    with pytest.raises(Busy) as refused:
        store.create("web", "bob@host")

    assert refused.value.holder == first.id
    assert "ann@host" in str(refused.value) and f"bluegreen watch {first.id}" in str(refused.value)


def test_of_many_at_once_one_gets_the_lock(store: Store) -> None:
    def attempt(number: int) -> bool:
        try:
            return bool(store.create("web", f"client {number}"))
        except Busy:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 1


def test_generations_rise_and_the_end_frees_the_lock(store: Store) -> None:
    first = run_to_the_end(store, store.create("web", "me"))
    second = store.create("web", "me")

    assert (first.state, first.generation, second.generation) == (State.SUCCEEDED, 1, 2)
    assert store.live("web") == first
    assert [deployment.id for deployment in store.history("web")] == [first.id, second.id]


def test_of_many_deliveries_of_a_message_one_runs(store: Store) -> None:
    deployment = store.create("web", "me")

    def deliver(number: int) -> Admission:
        return store.begin(deployment.id, Phase.CHECKOUT, 1, f"worker {number}")[0]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(deliver, range(16)))

    assert answers.count(Admission.RUN) == 1 and answers.count(Admission.BUSY) == 15


def test_a_superseded_owner_can_write_nothing(store: Store) -> None:
    deployment = store.create("web", "me")
    store.begin(deployment.id, Phase.CHECKOUT, 1, "old")
    store.redis.delete(keys.lease(deployment.id))
    assert store.take_over(deployment.id)
    stale = Lease(store, deployment.id, Phase.CHECKOUT, 1, "old")

    for write in (
        stale.beat,
        stale.check,
        lambda: stale.note(past_point_of_no_return=True),
        lambda: stale.commit("late"),
        lambda: stale.fail(Failure(phase=Phase.CHECKOUT, what="late")),
    ):
        with pytest.raises(Superseded):
            write()

    after = store.get(deployment.id)
    assert after is not None and after.phase is Phase.CHECKOUT and not after.past_point_of_no_return


def test_a_heartbeat_takes_a_lease_up_again_that_ran_out(store: Store) -> None:
    deployment = store.create("web", "me")
    store.begin(deployment.id, Phase.CHECKOUT, 1, "me")
    store.redis.delete(keys.lease(deployment.id))

    Lease(store, deployment.id, Phase.CHECKOUT, 1, "me").beat()

    assert store.is_leased(deployment.id)
    assert store.take_over(deployment.id) is None


def test_the_first_of_two_failures_turns_the_deployment(store: Store) -> None:
    deployment = store.create("web", "me")
    store.begin(deployment.id, Phase.CHECKOUT, 1, "me")
    lease = Lease(store, deployment.id, Phase.CHECKOUT, 1, "me")
    turned = lease.fail(Failure(phase=Phase.CHECKOUT, what="first"))

    with pytest.raises(Superseded):
        lease.fail(Failure(phase=Phase.CHECKOUT, what="second"))

    assert turned.state is State.ROLLING_BACK and turned.error and turned.error.what == "first"


def test_events_can_be_read_from_the_start_and_from_any_point(store: Store) -> None:
    deployment = run_to_the_end(store, store.create("web", "me"))
    stored = list(events.read(store.redis, deployment.id))

    assert stored[0].kind is EventKind.QUEUED
    assert stored[-1].kind is EventKind.ENDED and stored[-1].data["state"] == State.SUCCEEDED
    assert list(events.read(store.redis, deployment.id, stored[-2].id)) == stored[-1:]
    assert list(events.read(store.redis, deployment.id, stored[-1].id, wait=0.01)) == []


def test_what_leaves_the_history_goes_but_the_live_one_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluegreen.store.deployments.HISTORY_LENGTH", 3)
    live = run_to_the_end(store, store.create("web", "me"))
    others = []
    for _ in range(5):
        deployment = store.create("web", "me")
        others.append(deployment.id)
        store.unlock(deployment.id, "me")

    assert [deployment.id for deployment in store.history("web")] == others[-3:]
    assert store.get(others[0]) is None and not store.redis.exists(keys.events(others[0]))
    assert store.live("web") == live


def test_the_way_back_closes_only_when_nobody_has_asked_for_it(store: Store) -> None:
    deployment = store.create("web", "me")
    store.begin(deployment.id, Phase.CHECKOUT, 1, "me")
    lease = Lease(store, deployment.id, Phase.CHECKOUT, 1, "me")
    assert store.request_abort(deployment.id, "ann")

    with pytest.raises(AbortRequested, match="ann"):
        lease.pass_point_of_no_return()

    assert not store.get(deployment.id).past_point_of_no_return


def test_what_is_no_record_is_said_to_be_none_with_the_way_out_of_it(store: Store) -> None:
    broken = store.create("web", "me").id
    store.redis.set(keys.deployment(broken), '{"id": 1}')

    for ask in (store.get, store.take_over, lambda _: store.holder("web"), lambda _: store.create("web", "me")):
        with pytest.raises(RecordUnreadable, match=f"{broken} cannot be read: .*"):
            ask(broken)

    store.redis.delete(keys.deployment(broken))
    assert store.create("web", "me").generation == 2


def test_what_is_no_record_does_not_hide_the_others(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    broken = run_to_the_end(store, store.create("web", "me"))
    well = run_to_the_end(store, store.create("web", "me"))
    store.redis.set(keys.deployment(broken.id), "{")

    assert store.history("web") == [well] and store.live("web") == well
    assert broken.id in caplog.text and f"redis-cli DEL {keys.deployment(broken.id)}" in caplog.text

    store.redis.set(keys.deployment(well.id), "{")
    assert store.live("web") is None


def test_no_text_grows_a_record_or_its_events_without_end(store: Store) -> None:
    """Whatever a program has printed: the end is kept."""
    flood = "x" * 1_000_000 + " the end"
    deployment = store.create("web", "me")
    store.begin(deployment.id, Phase.CHECKOUT, 1, "me")
    lease = Lease(store, deployment.id, Phase.CHECKOUT, 1, "me")

    lease.add_event(EventKind.NOTE, text=flood)
    lease.hand_over(flood, 1, 2)
    store.begin(deployment.id, Phase.CHECKOUT, 1, "me")
    failed = lease.fail(Failure(phase=Phase.CHECKOUT, what=flood, saw=flood, advice=flood))

    told = [sentence(each) for each in events.read(store.redis, deployment.id)]
    assert sum(text.endswith(" the end") for text in told) == 3 and max(map(len, told)) < 70_000
    assert len(failed.as_json()) < 120_000 and failed.error is not None and failed.error.saw.endswith(" the end")
