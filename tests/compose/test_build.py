"""How a release gets its image, and keeps it."""

import docker
import pytest

from bluegreen.deployment.errors import CommandFailed
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from tests.cancellations import Free
from tests.compose.app import App

pytestmark = pytest.mark.docker

BLUE = Color.BLUE


def test_a_build_tags_the_image_with_the_release_and_starts_nothing(app: App, engine: docker.DockerClient) -> None:
    release = app.runtime.build(BLUE, Release(name="one"), "d1", Free())

    assert release.image == f"{app.name}:one"
    assert engine.images.get(release.image).id == release.image_id and release.image_digest is None
    assert app.runtime.look(BLUE).described == "no container"


def test_an_old_release_starts_again_from_its_image_without_a_build(app: App) -> None:
    old = app.deploy(BLUE, "one", deployment_id="d1")
    app.deploy(BLUE, "two", deployment_id="d2")
    app.dockerfile("RUN false")

    again = app.runtime.build(BLUE, old, "d3", Free())
    app.runtime.start(BLUE, again, "d3", Free())

    assert app.answer(BLUE) == "one"


def test_a_service_without_a_build_runs_the_image_that_its_file_names(app: App) -> None:
    command = ["python3", "-m", "http.server", "8000"]
    app.compose_file(BLUE, build=None, image=app.python, command=command)

    release = app.runtime.build(BLUE, Release(name="one"), "d1", Free())
    app.runtime.start(BLUE, release, "d1", Free())

    assert release.image == app.python
    assert "Directory listing" in app.answer(BLUE)


def test_a_worker_beside_the_application_runs_the_same_image(app: App, engine: docker.DockerClient) -> None:
    web = {"build": ".", "image": "never-pulled", "ports": [f"{app.ports['blue']}:8000"]}
    app.raw_compose_file(BLUE, {"services": {"app-blue": web, "worker": {"image": "never-pulled"}}})

    app.deploy(BLUE, "one")

    found = engine.containers.list(filters={"label": f"com.docker.compose.project={app.name}-blue"})
    assert [each.image.tags for each in found] == [[f"{app.name}:one"]] * 2


def test_a_build_that_fails_shows_its_output(app: App) -> None:
    app.dockerfile("RUN echo no such thing >&2; exit 3")

    with pytest.raises(CommandFailed, match="no such thing"):
        app.runtime.build(BLUE, Release(name="one"), "d1", Free())
