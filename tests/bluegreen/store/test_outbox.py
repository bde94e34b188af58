"""What is due to be told, and what is counted: written in the step that makes it so."""

import pytest

from bluegreen.deployment.notification import Kind
from bluegreen.deployment.states import Phase
from bluegreen.store import counters, keys, outbox
from bluegreen.store.deployments import Store
from bluegreen.store.outbox import Entry
from tests.here import HERE


def due(store: Store) -> list[str]:
    return store.redis.lrange(keys.notifications(HERE.id, "web"), 0, -1)


def test_the_begin_and_the_end_are_due_once(store: Store) -> None:
    made = store.create("web", "me")
    assert due(store) == []

    for _ in range(2):
        store.begin(made.id, Phase.CHECKOUT, 1, "w1")
    for _ in range(2):
        store.unlock(made.id, "me")

    assert due(store) == [f"started {made.id}", f"failed {made.id}"]


def test_one_worker_tells_at_a_time_and_a_dead_one_does_not_hold_up_the_others(store: Store) -> None:
    made = store.create("web", "me")
    store.unlock(made.id, "me")
    entry = Entry(Kind.FAILED, made.id)
    assert outbox.first(store.redis, HERE.id, "web") == entry

    assert outbox.take_up(store.redis, HERE.id, "web", "w1", 60)
    assert not outbox.take_up(store.redis, HERE.id, "web", "w2", 60)
    assert 0 < store.redis.pttl(keys.sender(HERE.id, "web")) <= 60_000

    store.redis.delete(keys.sender(HERE.id, "web"))  # as if its time were over
    assert outbox.take_up(store.redis, HERE.id, "web", "w2", 60)
    outbox.release(store.redis, HERE.id, "web", "w1", entry)
    assert store.redis.get(keys.sender(HERE.id, "web")) == "w2", (
        "the first one, late, has freed the lock of the second"
    )
    assert outbox.first(store.redis, HERE.id, "web") is None


def test_nobody_there_to_tell_does_not_fill_redis(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "KEPT", 3)
    for _ in range(5):
        last = store.create("web", "me")
        store.unlock(last.id, "me")

    assert len(due(store)) == 3 and due(store)[-1] == f"failed {last.id}"


def test_what_deployments_came_to_is_counted_once_when_they_end(store: Store) -> None:
    made = store.create("web", "me")
    store.begin(made.id, Phase.CHECKOUT, 1, "w1")
    assert list(counters.read(store.redis, {"web": HERE})) == []
    for _ in range(2):
        store.unlock(made.id, "me")
    aborted = store.create("web", "me", kind="rollback")
    store.request_abort(aborted.id, "me")

    found = {(each.service, each.what, each.by): each.value for each in counters.read(store.redis, {"web": HERE})}
    assert found == {
        ("web", "deployments", ("deploy", "failed")): 1,
        ("web", "deployments", ("rollback", "aborted")): 1,
    }
