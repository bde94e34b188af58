"""What a word on the command line stands for: a shortened id, a service's last deployment, the only service."""

from pathlib import Path

import pytest
from redis import Redis

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from bluegreen.store import keys, owners, workers
from bluegreen.store.deployments import Store
from tests.cli.here import bluegreen
from tests.cli.test_bad_input import CONFIG
from tests.here import HERE

pytestmark = pytest.mark.real


@pytest.fixture
def made(redis: Redis) -> list[Deployment]:
    """Eleven deployments of web, and one of web-api; all have ended."""
    owners.settle(redis, HERE, ["web", "web-api"])
    store, found = Store(redis, HERE.id), []
    for service in (*["web"] * 11, "web-api"):
        found.append(store.create(service, "ann"))
        store.unlock(found[-1].id, "ann")
    return found


def shown(folder: Path, given: str, redis_url: str) -> str:
    ended = bluegreen(folder, "show", given, BLUEGREEN_REDIS_URL=redis_url)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()[0]


def test_an_id_may_be_shortened_to_what_only_it_begins_with(
    tmp_path: Path, redis_url: str, made: list[Deployment]
) -> None:
    assert shown(tmp_path, f"web-{HERE.id}-11", redis_url) == made[10].id
    assert shown(tmp_path, made[4].id[:-2], redis_url) == made[4].id
    assert shown(tmp_path, "web-a", redis_url) == made[11].id


def test_a_whole_number_counts_before_one_that_begins_so(
    tmp_path: Path, redis_url: str, made: list[Deployment]
) -> None:
    assert shown(tmp_path, f"web-{HERE.id}-1", redis_url) == made[0].id


def test_an_ambiguous_beginning_is_answered_with_the_ids(
    tmp_path: Path, redis_url: str, made: list[Deployment]
) -> None:
    ended = bluegreen(tmp_path, "abort", f"web-{HERE.id[:4]}", BLUEGREEN_REDIS_URL=redis_url)

    assert ended.returncode == 2 and "is the beginning of 11 deployment ids" in ended.stderr
    assert made[10].id in ended.stderr and made[0].id not in ended.stderr and "1 more" in ended.stderr


def test_a_service_stands_for_its_last_deployment(tmp_path: Path, redis_url: str, made: list[Deployment]) -> None:
    assert shown(tmp_path, "web", redis_url) == made[10].id
    assert shown(tmp_path, "web-api", redis_url) == made[11].id


def test_a_service_without_a_deployment_has_no_last_one(tmp_path: Path, redis_url: str, redis: Redis) -> None:
    owners.settle(redis, HERE, ["web"])

    ended = bluegreen(tmp_path, "explain", "web", BLUEGREEN_REDIS_URL=redis_url)

    assert ended.returncode == 2 and "there is no deployment 'web'" in ended.stderr


def test_the_only_service_of_the_config_file_needs_no_name(tmp_path: Path, redis_url: str, redis: Redis) -> None:
    (tmp_path / "bluegreen.toml").write_text(CONFIG)
    owners.settle(redis, HERE, ["hello"])
    deployment = Store(redis, HERE.id).create("hello", "ann")

    ended = bluegreen(tmp_path, "history", BLUEGREEN_REDIS_URL=redis_url)
    assert ended.returncode == 0 and deployment.id in ended.stdout
    no_worker = bluegreen(tmp_path, "unlock", "--yes", BLUEGREEN_REDIS_URL=redis_url)
    assert no_worker.returncode == 2
    assert redis.exists(keys.requests(HERE.id, "unlock"))


def test_without_a_config_file_it_is_the_only_one_of_the_workers(
    tmp_path: Path, redis_url: str, made: list[Deployment], redis: Redis
) -> None:
    workers.announce(redis, "w@host", HERE, ["web-api"])
    ended = bluegreen(tmp_path, "history", "--json", BLUEGREEN_REDIS_URL=redis_url)
    assert made[11].id in ended.stdout and State.FAILED in ended.stdout

    workers.announce(redis, "w@host", HERE, ["web", "web-api"])
    ended = bluegreen(tmp_path, "deploy", BLUEGREEN_REDIS_URL=redis_url)
    assert ended.returncode == 2 and "which service is meant?\nservices: web, web-api" in ended.stderr


def test_where_there_is_no_service_that_is_said(tmp_path: Path, redis_url: str, redis: Redis) -> None:
    ended = bluegreen(tmp_path, "rollback", BLUEGREEN_REDIS_URL=redis_url)

    assert ended.returncode == 2 and "there is no service to choose" in ended.stderr
