"""Messages in a wrong queue: a deployment still gets to a worker that serves it, and to no other."""

import pytest

from bluegreen.deployment.states import State
from tests.e2e.host import Host
from tests.e2e.publish import publish

pytestmark = pytest.mark.real


def test_a_message_in_a_queue_where_nobody_looks_any_more_is_sent_anew(
    host: Host, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one of a worker whose state folder was lost."""
    deployment = host.store.create("hello", "a test", ref="v1")
    publish([deployment.with_(installation="ffffffff")], redis_url, monkeypatch)

    host.wait_until(lambda: host.deployment(deployment.id).state.final)

    assert host.deployment(deployment.id).state is State.SUCCEEDED, host.worker_log()
    assert host.answer()["version"] == "v1"


def test_a_worker_drops_what_its_config_file_has_lost(
    host: Host, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that serves it finds it: it must not be judged by one that knows nothing of it."""
    deployment = host.store.create("moved", "a test", ref="v1")
    publish([deployment], redis_url, monkeypatch)

    host.wait_until(lambda: "moved is not in the config file" in host.worker_log())

    assert host.deployment(deployment.id) == deployment
    assert host.deploy("v1")[0] == 0, "the worker goes on"
