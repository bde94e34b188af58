"""A request that comes as a message: once is enough, however often it is delivered."""

import pytest

from deployment import keys, workers
from deployment.errors import Busy, UsageError
from deployment.store import Store
from tasks.app import app
from workflows import requests
from workflows.requests import deploy_once


@pytest.fixture
def sent(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the deployments whose first message was sent; a worker is believed to serve `web`."""
    workers.announce(store.redis, "w@host", ["web"], "a queue")
    launched: list[str] = []
    monkeypatch.setattr(requests, "launch", lambda record, queue: launched.append(record.id))
    return launched


@pytest.mark.real
def test_a_message_that_comes_twice_asks_for_one_deployment(store: Store, sent: list[str]) -> None:
    first = deploy_once(store, "web", "me", {"request_id": "message-1"})
    again = deploy_once(store, "web", "me", {"request_id": "message-1"})
    store.unlock(first.id, "me")
    late = deploy_once(store, "web", "me", {"request_id": "message-1"})

    assert first.id == again.id == late.id
    assert sent == [first.id] and len(store.history("web")) == 1


@pytest.mark.real
def test_another_message_is_refused_while_the_first_is_under_way(store: Store, sent: list[str]) -> None:
    deploy_once(store, "web", "me", {"request_id": "message-1"})

    with pytest.raises(Busy):
        deploy_once(store, "web", "me", {"request_id": "message-2"})


@pytest.mark.real
def test_a_service_without_a_worker_is_refused(store: Store, sent: list[str]) -> None:
    with pytest.raises(UsageError, match="services with a worker: web"):
        deploy_once(store, "wob", "me", {"request_id": "message-1"})


@pytest.mark.unit
@pytest.mark.parametrize("name", ["request.deploy", "request.abort", "request.status"])
def test_every_request_expires_in_the_queue(name: str) -> None:
    assert app.tasks[name].expires
    assert app.amqp.router.route({}, name)["queue"].name == keys.requests()
