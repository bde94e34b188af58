"""Real parts for the tests: each session has its own Redis, each test what else it asks for."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bluegreen.store.connection import connect
from bluegreen.store.deployments import Store
from cli.demo.servers import free_port, redis_answers, redis_server
from tests.here import HERE
from tests.own_redis import OwnRedis

# Where a machine forbids to keep compiled code, each of the programs that tests start would compile ours anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.fixture(scope="session", autouse=True)
def _state_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What installations keep lies with the other files of the tests, and not in this person's home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STATE_DIRECTORY", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of our own on a free port; there is none for Windows, whose tests get one of the Linux side."""
    if url := os.environ.get("BLUEGREEN_LAB_REDIS_URL"):
        yield url
        return
    port = free_port()
    with redis_server(tmp_path_factory.mktemp("redis"), port) as server:
        server.wait_until(lambda: redis_answers(port), "Redis")
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def redis_server_emptied(redis_url: str) -> Iterator[Redis]:
    """The session's Redis, emptied."""
    client = connect(redis_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def redis(redis_server_emptied: Redis) -> Redis:
    """The Redis of a test; a folder's conftest may have the test run on the one in memory, too."""
    return redis_server_emptied


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis that the test may stop, with its data on disk."""
    with OwnRedis(tmp_path / "redis") as own:
        yield own


@pytest.fixture
def store(redis: Redis) -> Store:
    return Store(redis, HERE.id)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the person at this machine has set must not decide a test."""
    for name in [each for each in os.environ if each.startswith("BLUEGREEN_") and "LAB" not in each]:
        monkeypatch.delenv(name)
