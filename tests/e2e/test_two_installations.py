"""One name, two hosts, one Redis: the second is refused, whoever asks, and each of them is named."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.deployment.states import State
from bluegreen.store import keys, workers
from tests.e2e.host import Host

pytestmark = pytest.mark.real


@pytest.fixture
def production(tmp_path: Path, redis_url: str, redis: object) -> Iterator[Host]:
    (tmp_path / "production").mkdir()
    with Host(tmp_path / "production", redis_url) as host:
        host.start_nginx()
        host.start_worker()
        yield host


@pytest.fixture
def staging(tmp_path: Path, redis_url: str) -> Iterator[Host]:
    (tmp_path / "staging").mkdir()
    with Host(tmp_path / "staging", redis_url) as host:
        host.start_nginx()
        yield host


def names_both(text: str, one: Host, other: Host) -> bool:
    return all(str(host.folder / "bluegreen.toml") in text and host.here().host in text for host in (one, other))


def test_the_second_is_refused_at_its_workers_start_by_the_client_and_by_doctor(
    production: Host, staging: Host
) -> None:
    before = staging.redis.hgetall(keys.workers()).keys()

    refused = staging.bluegreen("worker")

    assert refused.returncode == 2 and names_both(refused.stderr, production, staging), refused.stderr
    assert "bluegreen claim hello" in refused.stderr and staging.redis.hgetall(keys.workers()).keys() == before
    for command in (("deploy", "hello"), ("rollback", "hello"), ("unlock", "hello"), ("history", "hello")):
        ended = staging.bluegreen(*command)
        assert ended.returncode == 2 and names_both(ended.stderr, production, staging), ended.stderr
    assert names_both(staging.bluegreen("doctor").stdout, production, staging)
    assert production.store.history("hello") == []
    assert production.deploy("v1")[0] == 0 and production.answer()["version"] == "v1"


def test_what_a_worker_that_is_gone_has_left_can_be_claimed(production: Host, staging: Host) -> None:
    production.configure(bake=60)
    left = production.bluegreen("deploy", "hello", "--ref", "v1", "--detach").stdout.strip()
    alive = staging.bluegreen("claim", "hello", "--yes")
    assert alive.returncode == 2 and names_both(alive.stderr, production, staging), alive.stderr

    production.kill_worker()
    for name in production.redis.hkeys(keys.workers()):
        workers.withdraw(production.redis, name)  # as if it were not believed any more
    assert staging.bluegreen("claim", "hello").returncode == 2, "nobody has said yes"
    claimed = staging.bluegreen("claim", "hello", "--yes")

    assert claimed.returncode == 0 and left in claimed.stdout, claimed.stdout + claimed.stderr
    assert production.deployment(left).state is State.FAILED
    staging.start_worker()
    assert staging.deploy("v2")[0] == 0 and staging.answer()["version"] == "v2"
    refused = production.bluegreen("worker")
    assert refused.returncode == 2 and names_both(refused.stderr, production, staging)
    assert staging.bluegreen("claim", "hello", "--yes").returncode == 0, "it may be said twice"


def test_with_its_state_folder_lost_a_host_serves_on_and_goes_on_by_what_is_said(production: Host) -> None:
    assert [production.deploy(ref)[0] for ref in ("v1", "v2")] == [0, 0]
    production.kill_worker()
    for name in production.redis.hkeys(keys.workers()):
        workers.withdraw(production.redis, name)  # as if it were not believed any more
    shutil.rmtree(production.config_state)

    claimed = production.bluegreen("claim", "hello", "--yes")
    assert claimed.returncode == 0, claimed.stderr
    production.start_worker()
    back = production.bluegreen("rollback", "hello")

    assert back.returncode == 2 and "no release is known from before the live one" in back.stderr
    assert "bluegreen deploy hello --ref REF" in back.stderr and production.answer()["version"] == "v2"
    assert [production.deploy(ref)[0] for ref in ("v3", "v4")] == [0, 0]
    assert production.bluegreen("rollback", "hello").returncode == 0
    assert production.answer()["version"] == "v3"


def test_a_worker_without_the_state_folder_of_before_says_that_it_is_lost(production: Host) -> None:
    shutil.rmtree(production.config_state)

    refused = production.bluegreen("worker")

    assert refused.returncode == 2 and "the state folder was lost" in refused.stderr, refused.stderr
    assert "bluegreen claim hello" in refused.stderr
