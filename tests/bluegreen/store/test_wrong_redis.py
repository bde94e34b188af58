"""A Redis that cannot be used, or what is not one: the cause gives the advice."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bluegreen.deployment.errors import RedisUnavailable
from bluegreen.store.connection import connect, expect_alone, translated
from bluegreen.store.refusals import CLUSTER
from tests.own_redis import OwnRedis

pytestmark = pytest.mark.real


def refused(url: str) -> RedisUnavailable:
    """What a client says that asks for the time."""
    with pytest.raises(RedisUnavailable) as said, translated(url):
        connect(url, timeout=1).time()
    return said.value


def test_one_with_as_many_connections_as_it_takes_names_maxclients(tmp_path: Path) -> None:
    with OwnRedis(tmp_path / "redis") as full, Redis.from_url(full.url) as other:
        other.config_set("maxclients", 1)

        said = refused(full.url)

    assert "refuses: max number of clients reached" in said.what and "CLIENT LIST" in said.advice
    assert "maxclients" in said.advice


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[OwnRedis]:
    with OwnRedis(tmp_path / "cluster", "--cluster-enabled", "yes") as one:
        with Redis.from_url(one.url) as admin:
            admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while "cluster_state:ok" not in str(admin.execute_command("CLUSTER", "INFO")):
                pass
        yield one


def test_a_cluster_that_serves_is_refused_before_anything_is_written(cluster: OwnRedis) -> None:
    with Redis.from_url(cluster.url) as admin:
        admin.execute_command("ACL", "SETUSER", "guest", "on", ">word", "~bluegreen:*", "+time")
    for url in (cluster.url, cluster.url.replace("://", "://guest:word@")):
        with pytest.raises(RedisUnavailable, match="is a Redis Cluster") as said:
            expect_alone(connect(url), url)
        assert said.value.advice == CLUSTER and "word" not in said.value.what
    assert refused(cluster.url.removesuffix("0") + "3").advice == CLUSTER


def test_one_that_stands_alone_passes(tmp_path: Path) -> None:
    with OwnRedis(tmp_path / "redis") as alone:
        expect_alone(connect(alone.url), alone.url)

        assert "names a database" in refused(alone.url.removesuffix("0") + "99").advice


def test_what_is_not_redis_is_not_to_be_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()

        said = refused(f"redis://127.0.0.1:{server.getsockname()[1]}/0")

    assert "does not answer" in said.what and "it is Redis that listens there" in said.advice
    assert "Correct the host" in refused("redis://nowhere.invalid/0").advice
