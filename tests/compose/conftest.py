"""A real Engine, and what the tests put on it: everything has a name of its own and is gone afterwards."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container as EngineContainer

from bluegreen import http
from bluegreen.deployment.errors import PhaseFailed
from compose.container import Container
from compose.engine import client as door
from tests.compose.app import App, eventually

IMAGES_FILE = Path(__file__).parents[1] / "lab" / "images.env"


@pytest.fixture(scope="session")
def images() -> dict[str, str]:
    """The images that the tests may start, as tests/lab/images.sh has written them down."""
    lines = IMAGES_FILE.read_text("utf-8").split() if IMAGES_FILE.exists() else []
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def engine(images: dict[str, str]) -> Iterator[docker.DockerClient]:
    """The Engine. Without it, or without the images: skip on a developer's machine, fail in CI."""
    try:
        with door.engine() as client:
            for name in ("PYTHON_IMAGE", "NGINX_IMAGE"):
                client.images.get(images[name])
            yield client
    except (PhaseFailed, KeyError) as error:
        absent = f"no Docker Engine with our images, run tests/lab/images.sh: {error}"
        pytest.fail(absent) if os.environ.get("CI") else pytest.skip(absent)


@pytest.fixture
def name() -> str:
    """A name that nothing else on the Engine has."""
    return f"bgtest-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def app(engine: docker.DockerClient, images: dict[str, str], name: str, tmp_path: Path) -> Iterator[App]:
    """A small service with a compose file for each colour; nothing of it runs yet."""
    app = App(name, tmp_path, images["PYTHON_IMAGE"])
    yield app
    remove_all(engine, name)


@pytest.fixture
def run_container(engine: docker.DockerClient, name: str) -> Iterator[Callable[..., EngineContainer]]:
    """Starts a container; all of the test's are removed afterwards."""

    def start(image: str, **options: object) -> EngineContainer:
        container = engine.containers.run(image, detach=True, **({"name": name} | options))
        container.reload()
        return container

    yield start
    remove_all(engine, name)


@pytest.fixture
def proxy(run_container: Callable[..., EngineContainer], images: dict[str, str]) -> Container:
    """A running nginx whose port 80 is published."""
    found = run_container(images["NGINX_IMAGE"], ports={"80/tcp": ("127.0.0.1", None)})
    container = Container(found.name)
    eventually(lambda: http.get(container.url_of(80) or "", 2).status)
    return container


def remove_all(engine: docker.DockerClient, name: str) -> None:
    """Whatever bears the test's name, or runs in a Compose project that does."""
    for container in engine.containers.list(all=True, ignore_removed=True):
        project = container.labels.get("com.docker.compose.project", "")
        if container.name.startswith(name) or project.startswith(name):
            container.remove(force=True, v=True)
    for network in engine.networks.list():
        if network.name.startswith(name):
            network.remove()
    # One answer for all: looking at each would fail on those that another test removes meanwhile.
    for image in engine.api.images():
        for tag in image["RepoTags"] or ():
            if tag.startswith((name, f"bluegreen/{name}")):
                engine.images.remove(tag, force=True)
