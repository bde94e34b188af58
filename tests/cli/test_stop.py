"""abort: what it says of a deployment that nothing drives."""

import pytest
from click.testing import CliRunner, Result

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.states import State
from bluegreen.store.deployments import Store
from cli.main import bluegreen
from tests.attended import attended, requests_of
from tests.here import HERE

pytestmark = pytest.mark.real


@pytest.fixture
def said(redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BLUEGREEN_REDIS_URL", redis_url)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(bluegreen, arguments, standalone_mode=False)

    return run


def test_an_abort_says_how_the_deployment_has_ended(said, redis) -> None:
    deployment = Store(redis, HERE.id).create("hello", "me")

    with attended(Store(redis), ["hello"]):
        for _ in range(2):
            assert said("abort", deployment.id).output == f"{deployment.id}: it has ended: aborted\n"


def test_an_abort_without_a_worker_waits_for_one(said, redis) -> None:
    deployment = Store(redis, HERE.id).create("hello", "me")

    told = said("abort", deployment.id).output

    assert "the deployment stops once a worker is back" in told and f"{deployment.id} is asked to stop" in told
    requests_of(Store(redis), ["hello"]).look(0.01)
    assert Store(redis).get(deployment.id).state is State.ABORTED


def test_an_unlock_is_done_by_the_worker(said, redis) -> None:
    deployment = Store(redis, HERE.id).create("hello", "me")

    with attended(Store(redis), ["hello"]):
        assert "hello is unlocked\n" in said("unlock", "hello", "--yes").output

    assert Store(redis).get(deployment.id).state is State.FAILED


def test_an_abort_that_comes_too_late_is_refused_with_how_it_ended(said, redis) -> None:
    deployment = Store(redis, HERE.id).create("hello", "me")
    Store(redis, HERE.id).unlock(deployment.id, "me")

    refused = said("abort", deployment.id)

    assert isinstance(refused.exception, UsageError)
    assert str(refused.exception).startswith(f"{deployment.id} cannot be aborted: it has ended: failed")
