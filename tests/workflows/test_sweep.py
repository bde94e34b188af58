"""Which deployments a sweep takes over, and which it leaves; the queue is empty unless a test says so."""

import pytest
from redis.exceptions import ConnectionError as Away

from bluegreen.deployment.errors import NotSent
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Phase, State
from bluegreen.store import keys, workers
from bluegreen.store.deployments import Store
from tests.here import HERE
from tests.tasks.memory import memory_store
from workflows import recovery
from workflows.recovery import Recovery

pytestmark = pytest.mark.unit


class Sweeping(Recovery):
    """With a queue of the test's own: the one in memory runs no program of ours."""

    queued: frozenset[str] = frozenset()

    def _list_queued(self) -> set[str]:
        return set(self.queued)


@pytest.fixture
def store() -> Store:
    return memory_store()


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(recovery, "launch", lambda deployment: sent.append(deployment.id))
    return sent


@pytest.fixture
def sweeping(store: Store, launched: list[str]) -> Sweeping:
    return Sweeping(store, "w@host", HERE, ["web", "api"])


def forsaken(store: Store, service: str = "web") -> Deployment:
    """One whose worker is gone."""
    deployment = store.create(service, "ann")
    _, begun = store.begin(deployment.id, Phase.CHECKOUT, 1, "w1@host")
    store.redis.delete(keys.lease(deployment.id))
    assert begun is not None
    return begun


def test_what_nobody_drives_at_two_looks_is_taken_over_and_launched(
    store: Store, sweeping: Sweeping, launched: list[str]
) -> None:
    deployment = forsaken(store)

    assert sweeping.sweep() == [] and launched == []
    (taken,) = sweeping.sweep()

    assert launched == [deployment.id] == [taken.id]
    assert (taken.epoch, taken.phase) == (2, Phase.CHECKOUT)
    assert sweeping.sweep() == [], "its message has some seconds"


def test_what_has_a_worker_or_a_message_is_left(store: Store, sweeping: Sweeping, launched: list[str]) -> None:
    runs = store.create("api", "ann")
    store.begin(runs.id, Phase.CHECKOUT, 1, "w1@host")
    sweeping.queued = frozenset({forsaken(store).id})

    assert [sweeping.sweep() for _ in range(3)] == [[], [], []] and launched == []


def test_what_has_gone_on_between_two_looks_is_left(store: Store, sweeping: Sweeping) -> None:
    deployment = forsaken(store)
    sweeping.sweep()
    store.begin(deployment.id, Phase.CHECKOUT, 1, "w1@host")
    store.redis.delete(keys.lease(deployment.id))

    assert sweeping.sweep() == []
    assert [each.id for each in sweeping.sweep()] == [deployment.id]


def test_what_nobody_has_begun_in_time_expires(store: Store, sweeping: Sweeping, launched: list[str]) -> None:
    deployment = store.create("web", "ann", starting_seconds=-1)
    store.redis.delete(keys.lease(deployment.id))

    assert [sweeping.sweep() for _ in range(2)] == [[], []]

    expired = store.get(deployment.id)
    assert expired and expired.state is State.EXPIRED and launched == []


def test_a_service_that_another_worker_serves_is_its_affair(store: Store, launched: list[str]) -> None:
    forsaken(store)
    elsewhere = Sweeping(store, "w@host", HERE, ["api"])

    assert [elsewhere.sweep() for _ in range(2)] == [[], []] and launched == []


@pytest.mark.parametrize("error", [Away("refused"), NotSent("the broker is away")])
def test_where_redis_is_away_what_was_seen_counts_for_nothing_and_is_said_once(
    store: Store,
    sweeping: Sweeping,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def away() -> None:
        raise error

    deployment = forsaken(store)
    sweeping._look()
    with monkeypatch.context() as broken:
        broken.setattr(sweeping, "_announce", away)
        sweeping._look()
        sweeping._look()
    assert caplog.text.count("the sweep fails, and is tried each 1 s") == 1

    sweeping._look()
    assert not store.is_leased(deployment.id), "one look alone takes nothing over"
    sweeping._look()
    assert store.is_leased(deployment.id)


def test_a_defect_ends_one_sweep_and_no_worker(
    sweeping: Sweeping, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def defect() -> None:
        raise KeyError("x")

    monkeypatch.setattr(sweeping, "sweep", defect)
    sweeping._look()

    assert "the sweep failed, the next one is in 1 s" in caplog.text


def test_a_worker_is_announced_while_it_sweeps_and_withdrawn_at_its_end(
    store: Store, sweeping: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, list[str]]] = []

    def sweep() -> list[Deployment]:
        seen.append(workers.alive(store.redis))
        sweeping._over.set()
        return []

    monkeypatch.setattr(sweeping, "sweep", sweep)
    sweeping.start()
    sweeping.stop()

    assert seen == [{"web": ["w@host"], "api": ["w@host"]}] and workers.alive(store.redis) == {}
