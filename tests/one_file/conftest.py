"""A project of one compose file on a real Engine."""

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.compose.conftest import engine, images, name  # noqa: F401
from tests.one_file.site import OneFile, in_place


@pytest.fixture
def site(
    engine: docker.DockerClient,  # noqa: F811
    images: dict[str, str],  # noqa: F811
    name: str,  # noqa: F811
    tmp_path: Path,
    redis_url: str,
    redis: object,
) -> Iterator[OneFile]:
    """The project's files, of which nothing runs yet."""
    site = OneFile(name, tmp_path, engine, images)
    with in_place(site, redis_url):
        yield site
