"""A request whose Redis goes away between it and the answer."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bluegreen.deployment.errors import Unanswered
from bluegreen.store import keys, requests
from bluegreen.store.connection import connect
from bluegreen.store.deployments import Store
from bluegreen.store.requests import Deploy, Kind
from tests.attended import attended, launched
from tests.here import HERE
from tests.own_redis import OwnRedis

__all__ = ["launched"]
pytestmark = pytest.mark.real

DEPLOY = Deploy(service="web", requested_by="ann@host", ref="v1")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[OwnRedis]:
    with OwnRedis(tmp_path / "redis") as server:
        yield server


def ask_and_lose(own: OwnRedis, pool: ThreadPoolExecutor):
    """What the client comes to, that has asked and lost its Redis."""
    client, other = connect(own.url), connect(own.url)
    asked = pool.submit(requests.ask, client, HERE.id, Kind.DEPLOY, DEPLOY)
    while not other.exists(keys.requests(HERE.id, Kind.DEPLOY)):
        assert not asked.done(), asked.result()
    own.end(signal.SIGTERM)
    other.close()
    return asked, client


def test_it_is_not_known_whether_it_was_taken(own: OwnRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "PATIENCE", 2.0)
    with ThreadPoolExecutor(1) as pool:
        asked, client = ask_and_lose(own, pool)

        with pytest.raises(Unanswered, match="bluegreen status"):
            asked.result()
        client.close()


def test_the_answer_comes_when_redis_is_back(own: OwnRedis, launched: list[str]) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked, client = ask_and_lose(own, pool)
        own.start()
        store = Store(connect(own.url), HERE.id)
        with attended(store):
            made = asked.result()

        assert [each.id for each in store.history("web")] == [made]
        client.close()
        store.redis.close()
