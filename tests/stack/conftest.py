"""The stack, brought up once for all tests here, from nothing and gone afterwards."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from bluegreen.deployment.errors import PhaseFailed
from cli.demo.servers import free_port
from compose.engine import client as door
from examples.django.stack import IMAGES, PORTS, Stack, wheels_for
from tests.stack.site import Site

IMAGES_FILE = Path(__file__).parents[1] / "lab" / "images.env"


@pytest.fixture(scope="session")
def images() -> dict[str, str]:
    """The images that the tests may start, as tests/lab/images.sh has written them down."""
    lines = IMAGES_FILE.read_text("utf-8").split() if IMAGES_FILE.exists() else []
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture(scope="session")
def engine(images: dict[str, str]) -> Iterator[docker.DockerClient]:
    """The Engine. Without it, or without the images: skip on a developer's machine, fail in CI."""
    with contextlib.ExitStack() as opened:
        try:
            client = opened.enter_context(door.engine())
            for name in IMAGES:
                client.images.get(images[name])
        except (PhaseFailed, KeyError, docker.errors.ImageNotFound) as error:
            absent = f"no Docker Engine with our images, run tests/lab/images.sh: {error}"
            pytest.fail(absent) if os.environ.get("CI") else pytest.skip(absent)
        yield client


@pytest.fixture(scope="session")
def fresh(
    engine: docker.DockerClient, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The whole stack from nothing, with a worker; nothing is deployed yet, or whatever tests have left."""
    stack = Stack(
        tmp_path_factory.mktemp("site"),
        f"bgstack-{uuid.uuid4().hex[:6]}",
        {name: free_port() for name in PORTS},
        {name: images[name] for name in IMAGES},
        wheels_for(images, tmp_path_factory.mktemp("wheels")),
    )
    site = Site(stack, engine)
    try:
        site.start()
        yield site
    finally:
        site.stop()


@pytest.fixture
def site(fresh: Site) -> Iterator[Site]:
    """The stack with a release live, which both proxies serve; afterwards its settings are the usual ones."""
    deployment = fresh.store.live(fresh.name)
    if deployment is None:
        fresh.deploy_well("v1")
    assert len(fresh.answers()) == 1
    yield fresh
    fresh.configure()


@pytest.fixture
def name() -> str:
    """A name that nothing else on the Engine has."""
    return f"bgstack-{uuid.uuid4().hex[:6]}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process for all tests here: they share one stack."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.xdist_group("stack"))
