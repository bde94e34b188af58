"""The Celery example, brought up by its user before the first deployment."""

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from examples.django.stack import wheels_for
from tests.background.shop import EXAMPLE, Shop
from tests.compose.conftest import engine, images, name  # noqa: F401
from tests.one_file.site import in_place


@pytest.fixture(scope="session")
def wheels(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path | None:  # noqa: F811
    return wheels_for(images, tmp_path_factory.mktemp("wheels"), EXAMPLE / "requirements.txt")


@pytest.fixture
def shop(
    engine: docker.DockerClient,  # noqa: F811
    images: dict[str, str],  # noqa: F811
    name: str,  # noqa: F811
    tmp_path: Path,
    redis_url: str,
    redis: object,
    wheels: Path | None,
) -> Iterator[Shop]:
    """Its files, of which nothing runs yet."""
    shop = Shop(name, tmp_path, engine, images, wheels)
    with in_place(shop, redis_url):
        yield shop
