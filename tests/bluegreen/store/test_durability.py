"""A Redis that may lose what we put into it is named as such."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bluegreen.store import durability
from bluegreen.system import platform
from cli.demo.servers import free_port, redis_answers, redis_server

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(platform.is_windows(), reason="there is no redis-server for Windows"),
]


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Redis]:
    """One of the test's own, set up as it should be."""
    port = free_port()
    with redis_server(tmp_path, port) as server:
        server.wait_until(lambda: redis_answers(port), "Redis")
        with Redis(port=port, decode_responses=True) as client:
            yield client


def test_one_that_is_set_up_well(mine: Redis) -> None:
    assert durability.problems(mine) == []


def test_each_setting_that_loses_something_is_named_with_its_mend(mine: Redis) -> None:
    mine.config_set("appendonly", "no")
    mine.config_set("maxmemory-policy", "allkeys-lru")

    kept, evicted = map(str, durability.problems(mine))

    assert "appendonly yes" in kept
    assert "allkeys-lru" in evicted and "noeviction" in evicted


def test_a_user_who_may_not_ask_hears_nothing(mine: Redis) -> None:
    mine.acl_setuser("guest", enabled=True, nopass=True, commands=["+get"])
    port = mine.connection_pool.connection_kwargs["port"]
    with Redis(port=port, username="guest", password="any", decode_responses=True) as guest:
        assert durability.problems(guest) == []
