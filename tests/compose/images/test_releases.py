"""What is named is what runs: a release is an image by its id, whatever its tag means by now."""

from typing import Any

import docker
import pytest
from docker.errors import ImageNotFound

from bluegreen.deployment.errors import ImageRefused, Superseded
from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from tests.cancellations import Free, Stale
from tests.compose.app import App

pytestmark = pytest.mark.docker

BLUE, GREEN = Color.BLUE, Color.GREEN


@pytest.fixture
def moving(app: App, engine: docker.DockerClient) -> str:
    """A tag that means another image for each version; both colours name it, and a worker beside each."""
    image = f"{app.name}-moving:latest"
    for color in Color:
        own = {"image": image, "ports": [f"{app.ports[color]}:8000"]}
        beside = {f"worker-{color}": {"image": image}}
        app.raw_compose_file(color, {"services": {f"app-{color}": own, **beside}})
    return image


def deployed(app: App, engine: docker.DockerClient, image: str, version: str, color: Color) -> Release:
    app.make_image(engine, image, version)
    return app.deploy(color, version, deployment_id=f"d-{version}")


def tags(engine: docker.DockerClient, app: App) -> set[str]:
    return {tag for each in engine.api.images() for tag in each["RepoTags"] or () if app.name in tag}


def test_a_moving_tag_that_moved_on_starts_what_the_release_was(
    app: App, engine: docker.DockerClient, moving: str
) -> None:
    old = deployed(app, engine, moving, "one", BLUE)
    new = deployed(app, engine, moving, "two", GREEN)

    app.runtime.start(BLUE, app.runtime.kept(old), "d3", Free())

    assert (app.answer(BLUE), app.answer(GREEN)) == ("one", "two")
    assert old.image == new.image == moving and old.image_id != new.image_id
    beside = engine.containers.get(f"{app.name}-blue-worker-blue-1")
    assert beside.image.id == old.image_id


def test_a_release_starts_in_the_other_colour_too(app: App, engine: docker.DockerClient, moving: str) -> None:
    old = deployed(app, engine, moving, "one", BLUE)
    app.make_image(engine, moving, "two")

    app.runtime.start(GREEN, old, "d2", Free())

    assert app.answer(GREEN) == "one"


def test_migrations_run_in_the_release_s_image(app: App, engine: docker.DockerClient, moving: str) -> None:
    app.make_image(engine, moving, "one")
    runtime, job = app.runtime_with(), Job("migrate", "the migrations", ("cat", "/version"), 60)
    release = runtime.build(BLUE, Release(name="one"), "d1", Free())
    app.make_image(engine, moving, "two")

    assert runtime.run_job(job, BLUE, release, "d1", Free()) == "one"


@pytest.mark.parametrize(
    "forged",
    [
        {"image": "bluegreen-lab/nginx:stable", "image_id": "sha256:0"},
        pytest.param({"image": "bluegreen-lab/nginx:stable"}, marks=pytest.mark.long),
        pytest.param({"image_digest": "registry/evil@sha256:0"}, marks=pytest.mark.long),
    ],
)
def test_a_record_does_not_choose_the_image(
    forged: dict[str, Any], app: App, engine: docker.DockerClient, moving: str
) -> None:
    known = deployed(app, engine, moving, "one", BLUE)

    kept = app.runtime.kept(Release(name="one", **forged))
    app.runtime.start(GREEN, Release(name="one", **forged), "d2", Free())

    assert kept == known
    assert app.answer(GREEN) == "one"


def test_a_release_that_this_host_does_not_know_is_refused(
    app: App, engine: docker.DockerClient, moving: str
) -> None:
    known = deployed(app, engine, moving, "one", BLUE)
    forged = known.with_(name="of-another-host", ref="v0")

    for attempt in (
        lambda: app.runtime.kept(forged),
        lambda: app.runtime.build(GREEN, forged, "d2", Free()),
        lambda: app.runtime.start(GREEN, forged, "d2", Free()),
    ):
        with pytest.raises(ImageRefused, match="not known on this host") as caught:
            attempt()

    assert f"bluegreen deploy {app.name} --ref v0" in caught.value.advice
    assert app.runtime.look(GREEN).described == "no container"


def test_a_release_whose_image_is_gone_is_refused(app: App, engine: docker.DockerClient, moving: str) -> None:
    old = deployed(app, engine, moving, "one", BLUE)
    app.runtime.remove(BLUE, Free())
    app.make_image(engine, moving, "two")
    engine.images.remove(old.image_id or "", force=True)

    with pytest.raises(ImageRefused, match="of release one is gone") as caught:
        app.runtime.kept(old)

    assert old.image_id in caught.value.saw
    assert f"bluegreen deploy {app.name} --ref one" in caught.value.advice


def test_our_tag_that_means_something_else_by_now_is_put_right(
    app: App, engine: docker.DockerClient, moving: str
) -> None:
    old = deployed(app, engine, moving, "one", BLUE)
    app.make_image(engine, f"bluegreen/{app.name}:one", "evil")

    app.runtime.start(GREEN, old, "d2", Free())

    assert app.answer(GREEN) == "one"


def test_a_companion_that_the_release_had_not_is_not_started_from_what_its_tag_means_now(
    app: App, engine: docker.DockerClient, moving: str
) -> None:
    old = deployed(app, engine, moving, "one", BLUE)
    own = {"image": moving, "ports": [f"{app.ports['green']}:8000"]}
    app.raw_compose_file(GREEN, {"services": {"app-green": own, "mailer": {"image": moving}}})

    with pytest.raises(ImageRefused, match="no image for mailer"):
        app.runtime.build(GREEN, old, "d2", Free())


def test_images_go_with_their_releases_but_for_those_in_use_and_what_is_not_ours(
    app: App, engine: docker.DockerClient, moving: str
) -> None:
    running = deployed(app, engine, moving, "one", BLUE)
    gone = deployed(app, engine, moving, "two", GREEN)
    kept = deployed(app, engine, moving, "three", GREEN)

    app.runtime.prune([kept], Free())

    ours = {f"bluegreen/{app.name}{role}:{name}" for role in ("", "/worker-color") for name in ("one", "three")}
    assert tags(engine, app) == {moving, *ours}
    assert set(app.runtime.releases()) == {"one", "three"}
    assert app.runtime.kept(running) == running
    with pytest.raises(ImageNotFound):
        engine.images.get(gone.image_id or "")


def test_what_was_built_goes_with_its_release_too(app: App, engine: docker.DockerClient) -> None:
    own = {"build": ".", "ports": [f"{app.ports['blue']}:8000"]}
    app.raw_compose_file(BLUE, {"services": {"app-blue": own, "sweeper": {"build": "."}}})
    live = app.deploy(BLUE, "one")
    app.version("two")
    app.runtime.build(BLUE, Release(name="two"), "d2", Free())

    app.runtime.prune([live], Free())

    assert tags(engine, app) == {f"{app.name}:one", f"{app.name}/sweeper:one"}


def test_an_image_of_two_releases_stays_for_the_one_that_is_kept(
    app: App, engine: docker.DockerClient, moving: str
) -> None:
    deployed(app, engine, moving, "one", BLUE)
    again = app.deploy(GREEN, "two")

    app.runtime.prune([again], Free())

    assert app.runtime.kept(again) == again and set(app.runtime.releases()) == {"two"}
    assert f"bluegreen/{app.name}:one" not in tags(engine, app)


def test_a_worker_that_was_fenced_out_lets_go_of_nothing(
    app: App, engine: docker.DockerClient, moving: str
) -> None:
    since = deployed(app, engine, moving, "one", BLUE)
    app.runtime.remove(BLUE, Free())

    with pytest.raises(Superseded):
        app.runtime.prune([], Stale())

    assert app.runtime.kept(since) == since


def test_a_worker_that_was_fenced_out_notes_no_image(app: App, engine: docker.DockerClient) -> None:
    app.compose_file(BLUE, build=None, image=app.python, pull_policy="missing")
    with pytest.raises(Superseded):
        app.runtime.build(BLUE, Release(name="one"), "d1", Stale())

    assert set(app.runtime.releases()) == set()


def test_to_ask_whether_a_release_is_kept_changes_nothing(
    app: App, engine: docker.DockerClient, moving: str
) -> None:
    old = deployed(app, engine, moving, "one", BLUE)
    app.make_image(engine, moving, "two")
    engine.images.remove(f"bluegreen/{app.name}:one")
    before = tags(engine, app)

    assert app.runtime.kept(old) == old and tags(engine, app) == before
    app.runtime.start(GREEN, old, "d2", Free())
    assert f"bluegreen/{app.name}:one" in tags(engine, app) and app.answer(GREEN) == "one"
