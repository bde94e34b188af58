"""A real Redis that refuses: waited for by a worker, told to a person by its own word."""

import threading
from pathlib import Path

import pytest
from redis import Redis

from bluegreen.deployment.errors import RedisUnavailable
from bluegreen.store.connection import connect, translated
from bluegreen.store.deployments import Store
from bluegreen.store.refusals import ADVICE, Refused
from cli.demo.servers import redis_answers
from tests import refusals
from tests.here import HERE
from tests.own_redis import OwnRedis
from tests.refusals import Refusal

pytestmark = pytest.mark.real


@pytest.mark.parametrize("refusal", [*refusals.OF_WRITES, *refusals.OF_ALL], ids=str)
def test_a_refusal_is_told_by_its_own_word_and_with_its_own_advice(own_redis: OwnRedis, refusal: Refusal) -> None:
    with refusal.of(own_redis.url, own_redis.folder):
        told = told_by(own_redis.url)

    assert f"refuses: {refusal.word} " in told.what and told.advice == ADVICE[refusal.word]


def told_by(url: str) -> RedisUnavailable:
    """What a client says of it, which asks once."""
    with pytest.raises(RedisUnavailable) as told, translated(url):
        Store(connect(url), HERE.id).create("web", "me")
    return told.value


def test_one_that_still_reads_its_data_is_named_and_waited_for(own_redis: OwnRedis) -> None:
    read = threading.Event()
    patient = connect(own_redis.url, patience=60)
    asking = threading.Thread(target=lambda: (patient.get("any"), read.set()), daemon=True)
    with own_redis.loading():
        assert not redis_answers(own_redis.port), "it listens, and that is not enough"
        told = told_by(own_redis.url)
        asking.start()
        asking.join(1)
        assert not read.is_set()

    assert "refuses: LOADING " in told.what and told.advice == ADVICE["LOADING"]
    asking.join(20)
    assert read.is_set() and redis_answers(own_redis.port)


def test_a_cluster_that_does_not_serve_is_named(tmp_path: Path) -> None:
    with OwnRedis(tmp_path / "cluster", "--cluster-enabled", "yes") as cluster:
        told = told_by(cluster.url)

    assert "refuses: CLUSTERDOWN " in told.what and "a Redis that stands alone" in told.advice


@pytest.mark.parametrize("refusal", refusals.OF_WRITES, ids=str)
def test_what_only_reads_is_answered_meanwhile(own_redis: OwnRedis, refusal: Refusal) -> None:
    deployment = Store(connect(own_redis.url), HERE.id).create("web", "me")
    with refusal.of(own_redis.url, own_redis.folder):
        client = connect(own_redis.url)
        assert Store(client, HERE.id).holder("web") == deployment
        (connection,) = client.connection_pool._available_connections
        connection.next_health_check = -1  # the PING of a connection that was idle for long

        assert Store(client, HERE.id).holder("web") == deployment


@pytest.mark.parametrize("refusal", [*refusals.OF_WRITES, refusals.MASTERDOWN, refusals.BUSY], ids=str)
def test_with_patience_a_write_is_made_once_redis_takes_it(own_redis: OwnRedis, refusal: Refusal) -> None:
    patient, refused, made = connect(own_redis.url, 60), threading.Event(), []
    _tell(patient, refused)
    with refusal.of(own_redis.url, own_redis.folder):
        asking = threading.Thread(target=lambda: made.append(Store(patient, HERE.id).create("web", "me")))
        asking.start()
        assert refused.wait(20) and not made

    asking.join(20)

    assert [deployment.id for deployment in Store(connect(own_redis.url), HERE.id).history("web")] == [made[0].id]


def test_with_patience_a_user_is_let_in_later(own_redis: OwnRedis) -> None:
    patient, made = connect(own_redis.url, 60), []
    with refusals.NOAUTH.of(own_redis.url, own_redis.folder):
        asking = threading.Thread(target=lambda: made.append(Store(patient, HERE.id).create("web", "me")))
        asking.start()
        with Redis.from_url(own_redis.url, password="secret") as admin:
            while "errorstat_NOAUTH" not in admin.info("errorstats"):
                assert asking.is_alive()

    asking.join(20)

    assert made


def test_a_refusal_is_refused_in_the_end(own_redis: OwnRedis) -> None:
    with refusals.OOM.of(own_redis.url, own_redis.folder), pytest.raises(Refused, match="OOM"):
        connect(own_redis.url, 1).set("key", "value")


def test_a_new_master_is_found_behind_the_same_name(own_redis: OwnRedis) -> None:
    """What refuses is left, not held: the next attempt connects anew."""
    patient = connect(own_redis.url, 60)
    patient.set("key", "value")
    before = patient.client_id()
    refused = threading.Event()
    _tell(patient, refused)
    with refusals.READONLY.of(own_redis.url, own_redis.folder):
        asking = threading.Thread(target=patient.set, args=("key", "value"))
        asking.start()
        assert refused.wait(20)
    asking.join(20)

    assert patient.client_id() != before


def _tell(client: Redis, refused: threading.Event) -> None:
    """Set the event whenever the client leaves its connections, as it does at each refusal."""
    disconnect = client.connection_pool.disconnect

    def disconnecting(*arguments: object, **options: object) -> None:
        disconnect(*arguments, **options)
        refused.set()

    client.connection_pool.disconnect = disconnecting  # type: ignore[assignment]
