"""Requests that come as Celery tasks: they ask as the command does, once however often they are delivered."""

from uuid import uuid4

import pytest

from bluegreen.deployment.errors import Busy, UsageError
from bluegreen.deployment.states import Phase, State
from bluegreen.store import keys
from bluegreen.store.deployments import Store
from tasks.app import app
from tests.attended import attended, launched
from tests.workflows.test_promotions import run_until
from workflows import calls

__all__ = ["launched"]


@pytest.fixture
def worker(store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch):
    """A worker serves `web`; tasks run in the test's own process."""
    monkeypatch.setitem(app.__dict__, "store", store)
    with attended(store):
        yield


def deploy(message: str, service: str = "web", **names: str | bool) -> str:
    task = calls.request_deploy
    task.push_request(id=message)
    try:
        made: str = task.run(service, "shop #7", **names)
        return made
    finally:
        task.pop_request()


@pytest.mark.real
@pytest.mark.usefixtures("worker")
def test_a_message_that_comes_twice_asks_for_one_deployment(store: Store, launched: list[str]) -> None:
    first = deploy("message-1")
    again = deploy("message-1")
    store.unlock(first, "me")
    late = deploy("message-1")

    assert first == again == late
    assert launched == [first] and len(store.history("web")) == 1


@pytest.mark.real
@pytest.mark.usefixtures("worker")
def test_another_message_is_refused_while_the_first_is_under_way() -> None:
    deploy("message-1")

    with pytest.raises(Busy):
        deploy(str(uuid4()))


@pytest.mark.real
@pytest.mark.usefixtures("worker")
def test_a_service_without_a_worker_is_refused() -> None:
    with pytest.raises(UsageError, match="services with a worker: web"):
        deploy("message-1", "wob")


@pytest.mark.real
@pytest.mark.usefixtures("worker")
def test_an_abort_answers_with_the_state(store: Store) -> None:
    made = deploy("message-1")
    task = calls.request_abort
    task.push_request(id="message-2")

    assert task.run(made, "shop #7") == State.ABORTED
    task.pop_request()


@pytest.mark.real
@pytest.mark.usefixtures("worker")
def test_what_was_asked_to_wait_is_promoted_by_a_message_that_may_come_twice(store: Store) -> None:
    made = deploy("message-1", hold=True)
    run_until(store, store.get(made), Phase.HEALTH_CHECK)
    task = calls.request_promote
    task.push_request(id="message-2")

    assert task.run(made, "shop #7", "looks good") == State.RUNNING == task.run(made, "shop #7", "looks good")
    assert store.get(made).approval.words == "promoted by shop #7: looks good"
    task.pop_request()


@pytest.mark.unit
@pytest.mark.parametrize("name", ["request.deploy", "request.abort", "request.promote", "request.status"])
def test_every_request_expires_in_the_queue(name: str) -> None:
    assert app.tasks[name].expires
    assert app.amqp.router.route({}, name)["queue"].name == keys.calls()
