import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.arena import Arena
from tests.e2e.damage import file_of
from tests.e2e.host import Host


@pytest.fixture
def quiet_host(tmp_path: Path, redis_url: str, redis: object) -> Iterator[Host]:
    """A deploy host on which nothing runs, with one service `hello` of which nothing is deployed."""
    with Host(tmp_path, redis_url) as host:
        yield host


@pytest.fixture
def host(quiet_host: Host) -> Host:
    """The same with nginx and a worker running."""
    quiet_host.start_nginx()
    quiet_host.start_worker()
    return quiet_host


@pytest.fixture(scope="module")
def shared_arena(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Arena]:
    with Arena(tmp_path_factory.mktemp("host"), redis_url) as arena:
        yield arena


@pytest.fixture
def arena(shared_arena: Arena) -> Iterator[Arena]:
    """One for all tests of a file, each of which leaves it with a version live; what one has set is taken back."""
    shared_arena.configure()
    yield shared_arena
    for name in ("well", "let-go", "slow-git", "freeze-at"):
        (shared_arena.host.folder / name).unlink(missing_ok=True)


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.long)], ids=["asked", "not asked"])
def v2_live(host: Host, request: pytest.FixtureRequest) -> Host:
    """v2 is live on green, through an nginx that can be asked what it serves, or cannot."""
    if not request.param:
        host.configure(status=0)
    assert host.deploy("v1")[0] == 0
    shutil.copy(file_of(host), host.folder / "of-v1")
    assert host.deploy("v2")[0] == 0
    return host
