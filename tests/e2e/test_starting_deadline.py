"""A deployment that no worker begins expires, and does not begin when a worker comes back days later."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.deployment.states import State
from bluegreen.settings import config_file
from bluegreen.store import workers
from bluegreen.store.deployments import Store
from tasks.app import app
from tasks.services import Services
from tests.attended import looking
from tests.e2e.host import Host
from workflows.acts import Acts
from workflows.requests import Requests

pytestmark = pytest.mark.real


@pytest.fixture
def deserted(tmp_path: Path, redis_url: str, redis: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A host whose worker takes what is asked for, and never begins it."""
    with Host(tmp_path, redis_url) as host:
        host.start_nginx()
        monkeypatch.setattr(app.conf, "broker_url", redis_url)
        here, config = host.here(), config_file.load(tmp_path / "bluegreen.toml")
        workers.announce(host.redis, "dead@host", here, ["hello"])
        with looking(Requests(Acts(Store(host.redis, here.id), here, Services(lambda: config)))):
            yield host
        app.close()
        del app.amqp  # it keeps connections to this Redis


def test_a_later_worker_drops_its_message_and_the_client_that_waits_ends(deserted: Host) -> None:
    arguments = [sys.executable, "-m", "bluegreen", "deploy", "hello", "--ref", "v1", "--starting-deadline", "0"]
    environment = {**os.environ, **deserted.env}
    with subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True) as client:
        deserted.wait_until(lambda: deserted.redis.llen(deserted.queue) == 1)
        (deployment,) = deserted.store.history("hello")
        assert deployment.state is State.QUEUED, "a client ends nothing"

        deserted.start_worker()
        told, _ = client.communicate(timeout=60)

    assert client.returncode == 1 and "no worker began it" in told, told
    ended = deserted.deployment(deployment.id)
    assert (ended.state, ended.phases) == (State.EXPIRED, ()) and deserted.store.holder("hello") is None
    deserted.wait_until(lambda: deserted.redis.llen(deserted.queue) == 0)
    explained = deserted.bluegreen("explain", deployment.id).stdout
    assert (
        "No deployment of hello has succeeded so far." in explained and "The deployment expired after" in explained
    )

    status, following = deserted.deploy("v2")

    assert status == 0 and deserted.answer()["version"] == "v2"
    assert deserted.deployment(deployment.id) == ended, "it was begun after all"
    assert following.generation == deployment.generation + 1


def test_what_was_aborted_before_a_worker_began_it_is_never_begun(deserted: Host) -> None:
    identity = deserted.bluegreen("deploy", "hello", "--detach").stdout.strip()

    for _ in range(2):
        ended = deserted.bluegreen("abort", identity, "--wait", "10")
        assert (ended.returncode, deserted.deployment(identity).state) == (1, State.ABORTED), ended.stderr
    assert deserted.store.holder("hello") is None
