"""A Windows for the whole session, and a deploy host in it for each test that asks for one."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.conftest import engine, images
from tests.windows import wine
from tests.windows.host import WindowsHost
from tests.windows.wine import Wine

__all__ = ["engine", "images"]


@pytest.fixture(scope="session")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wine]:
    """Wine with the Windows Python. Without them: skip on a developer's machine, fail in CI."""
    parts = wine.parts()
    if not parts or not Path(parts["WINDOWS_PYTHON"]).exists():
        absent = "no Windows Python here: run tests/windows/setup.sh"
        pytest.fail(absent) if os.environ.get("CI") else pytest.skip(absent)
    with Wine(tmp_path_factory.mktemp("wine"), parts) as running:
        yield running


@pytest.fixture
def host(
    windows: Wine, engine: object, images: dict[str, str], tmp_path: Path, redis_url: str, redis: object
) -> Iterator[WindowsHost]:
    """A deploy host with a worker on Windows and a service `hello` of which nothing is deployed."""
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    with WindowsHost(folder, redis_url, windows, images["NGINX_IMAGE"], f"bgwin-{uuid.uuid4().hex[:6]}") as host:
        host.start_worker()
        yield host
