from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.host import Host


@pytest.fixture
def host(tmp_path: Path, redis_url: str, redis: object) -> Iterator[Host]:
    """A deploy host with nginx and a worker running, and one service `hello` of which nothing is deployed."""
    with Host(tmp_path, redis_url) as host:
        host.start_nginx()
        host.start_worker()
        yield host
