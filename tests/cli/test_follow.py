"""A client that follows a deployment: not for ever where nobody drives it, and without writing anything."""

import pytest

from bluegreen.deployment.errors import Unanswered
from bluegreen.deployment.states import State
from bluegreen.store import workers
from bluegreen.store.deployments import Store
from cli import main
from cli.deploying import follow
from cli.exits import ExitStatus
from cli.output.view import Silent
from tests.here import HERE

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "BLOCK", 0.02)
    monkeypatch.setattr(follow, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(follow, "SILENT_SECONDS", 0.2)


def test_without_a_worker_it_ends_and_says_whose_is_missing(store: Store) -> None:
    workers.announce(store.redis, "w@host", HERE, ["web"])
    deployment = store.create("web", "me", starting_seconds=0)
    workers.withdraw(store.redis, "w@host")

    with pytest.raises(Unanswered, match=f"no worker of {HERE.host}.*{HERE.config}.* has been alive") as over:
        follow.follow(store, deployment, 60, Silent())

    assert main._status_of(over.value) is ExitStatus.WAIT_RAN_OUT and deployment.id in str(over.value)
    assert store.get(deployment.id) == deployment, "what is overdue, workers end"


def test_with_a_worker_it_waits_as_long_as_it_shall(store: Store) -> None:
    workers.announce(store.redis, "w@host", HERE, ["web"])
    deployment = store.create("web", "me")

    assert follow.follow(store, deployment, 0.5, Silent()).state is State.QUEUED
