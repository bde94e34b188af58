"""A colour's life on a real Engine: built, started, looked at, stopped, started again, removed."""

import docker
import pytest

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import AbortRequested, Superseded
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from tests.cancellations import Cut, Free, Stale
from tests.compose.app import App

pytestmark = pytest.mark.docker

BLUE, GREEN = Color.BLUE, Color.GREEN


def container_id(engine: docker.DockerClient, app: App, color: Color = BLUE) -> str:
    found = engine.containers.list(filters={"label": f"com.docker.compose.project={app.name}-{color}"})
    assert len(found) == 1
    return str(found[0].id)


def test_a_started_colour_answers_and_says_which_deployment_it_is(app: App) -> None:
    app.deploy(BLUE, "one", deployment_id="d1")

    assert app.answer(BLUE) == "one"
    found = app.runtime.look(BLUE)
    assert found.running and found.exit_code is None and found.healthy is None and found.started
    assert (found.deployment_id, found.release) == ("d1", "one")
    assert found.described == f"container {app.name}-blue-app-blue-1 (running)"


def test_a_stopped_colour_is_kept_and_starts_again(app: App) -> None:
    release = app.deploy(BLUE, "one")
    app.answer(BLUE)

    app.runtime.stop(BLUE, Free())
    stopped = app.runtime.look(BLUE)
    app.runtime.stop(BLUE, Free())
    app.runtime.start(BLUE, release, "d2", Free())

    assert not stopped.running and stopped.exit_code == 0
    assert stopped.described == f"container {app.name}-blue-app-blue-1 (exited, code 0)"
    assert app.answer(BLUE) == "one"


def test_an_up_that_was_cut_before_all_had_started_is_done_again(app: App, engine: docker.DockerClient) -> None:
    web = {"build": ".", "ports": [f"{app.ports['blue']}:8000"]}
    app.raw_compose_file(BLUE, {"services": {"app-blue": web, "worker": {"build": "."}}})
    release = app.deploy(BLUE, "one", deployment_id="d1")
    worker = next(each for each in engine.containers.list() if each.name == f"{app.name}-blue-worker-1")
    worker.remove(force=True)
    labels, name = worker.labels, worker.name
    engine.containers.create(release.image, name=name, labels=labels)

    app.runtime.start(BLUE, release, "d1", Free())

    assert engine.containers.get(f"{app.name}-blue-worker-1").status == "running"


def test_removing_a_colour_leaves_the_other_one_and_the_images(app: App, engine: docker.DockerClient) -> None:
    app.deploy(BLUE, "one")
    release = app.deploy(GREEN, "two")
    blue = container_id(engine, app)

    app.runtime.remove(GREEN, Free())
    app.runtime.remove(GREEN, Free())

    assert app.runtime.look(GREEN).described == "no container"
    assert container_id(engine, app) == blue
    assert engine.images.get(release.image or "").tags


def test_a_stop_and_a_removal_do_not_need_the_file_any_more(app: App) -> None:
    app.deploy(BLUE, "one")
    app.answer(BLUE)
    (app.folder / "docker-compose.blue.yml").unlink()

    app.runtime.stop(BLUE, Free())
    stopped = app.runtime.look(BLUE)
    app.runtime.remove(BLUE, Free())

    assert stopped.running is False and stopped.exit_code == 0
    assert app.runtime.look(BLUE).described == "no container"


def test_what_both_colours_share_is_not_touched(app: App, engine: docker.DockerClient, run_container) -> None:
    network = engine.networks.create(f"{app.name}-shared")
    labels = {"com.docker.compose.project": app.name, "com.docker.compose.service": "redis"}
    shared = run_container(app.python, name=f"{app.name}-redis-1", command="sleep 600", labels=labels)
    network.connect(shared)
    for color in Color:
        external = {"shared": {"name": network.name, "external": True}}
        app.compose_file(color, networks=external)
    before = (shared.id, shared.attrs["State"]["StartedAt"])

    for color in Color:
        app.deploy(color, "one")
    for color in Color:
        app.runtime.stop(color, Free())
        app.runtime.remove(color, Free())

    shared.reload()
    assert (shared.id, shared.attrs["State"]["StartedAt"], shared.status) == (*before, "running")


@pytest.mark.parametrize("cancellation", [Cut(at_once=True), Stale()])
def test_nothing_happens_when_the_guard_says_no(app: App, cancellation: Cancellation) -> None:
    release = app.deploy(BLUE, "one", deployment_id="d1")

    for attempt in (
        lambda: app.runtime.start(BLUE, release, "d2", cancellation),
        lambda: app.runtime.stop(BLUE, cancellation),
        lambda: app.runtime.remove(BLUE, cancellation),
        lambda: app.runtime.build(BLUE, Release(name="two"), "d2", cancellation),
    ):
        with pytest.raises((AbortRequested, Superseded)):
            attempt()

    assert app.runtime.look(BLUE).deployment_id == "d1" and app.runtime.look(BLUE).running
