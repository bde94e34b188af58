"""A deployment that no worker begins expires, and does not begin when a worker comes back days later."""

from pathlib import Path

import pytest

from deployment import workers
from deployment.states import State
from tests.e2e.host import Host

pytestmark = pytest.mark.real


@pytest.fixture
def deserted(tmp_path: Path, redis_url: str, redis: object):
    """A host whose worker has just died: clients still believe in it."""
    with Host(tmp_path, redis_url) as host:
        host.start_nginx()
        workers.announce(host.redis, "dead@host", ["hello"], host.queue)
        yield host


def test_the_client_that_waits_ends_it_and_a_later_worker_drops_its_message(deserted: Host) -> None:
    ended = deserted.bluegreen("deploy", "hello", "--ref", "v1", "--starting-deadline", "1")

    (record,) = deserted.store.history("hello")
    assert (ended.returncode, record.state) == (1, State.EXPIRED), ended.stderr
    assert "no worker began it" in ended.stdout and "alive for hello: dead@host" in ended.stdout
    assert deserted.store.holder("hello") is None
    assert deserted.redis.llen(deserted.queue) == 1

    deserted.start_worker()
    deserted.wait_until(lambda: deserted.redis.llen(deserted.queue) == 0)
    status, following = deserted.deploy("v2")

    assert status == 0 and deserted.answer()["version"] == "v2"
    assert deserted.record(record.id) == record, "it was begun after all"
    assert following.generation == record.generation + 1


def test_one_that_nobody_waits_for_is_ended_by_the_worker_that_comes(deserted: Host) -> None:
    enqueued = deserted.bluegreen("deploy", "hello", "--detach", "--starting-deadline", "0")
    identity = enqueued.stdout.strip()
    assert deserted.record(identity).state is State.QUEUED

    deserted.start_worker()

    deserted.wait_until(lambda: deserted.record(identity).state.final)
    assert (deserted.record(identity).state, deserted.record(identity).phases) == (State.EXPIRED, ())
    explained = deserted.bluegreen("explain", identity).stdout
    assert "No deployment of hello has succeeded so far." in explained and "It expired after" in explained


def test_a_queued_one_can_be_aborted_without_any_worker(deserted: Host) -> None:
    identity = deserted.bluegreen("deploy", "hello", "--detach").stdout.strip()

    for _ in range(2):
        ended = deserted.bluegreen("abort", identity, "--wait", "10")
        assert (ended.returncode, deserted.record(identity).state) == (1, State.ABORTED), ended.stderr
    assert deserted.store.holder("hello") is None
