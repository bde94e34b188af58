"""A colour's life on a real Engine: built, started, looked at, stopped, started again, removed."""

import docker
import pytest

from deployment.errors import AbortRequested, CommandFailed, PhaseFailed
from deployment.record import Release
from deployment.states import Color
from tests.compose.app import App, Cut, Free, eventually

pytestmark = pytest.mark.docker

BLUE, GREEN = Color.BLUE, Color.GREEN


def container_id(engine: docker.DockerClient, app: App, color: Color = BLUE) -> str:
    found = engine.containers.list(filters={"label": f"com.docker.compose.project={app.name}-{color}"})
    assert len(found) == 1
    return str(found[0].id)


def test_a_build_tags_the_image_with_the_release_and_starts_nothing(app: App, engine: docker.DockerClient) -> None:
    release = app.runtime.build(BLUE, Release(name="one"), Free())

    assert release.image == f"{app.name}:one"
    assert engine.images.get(release.image).tags
    assert app.runtime.look(BLUE).described == "no container"


def test_a_started_colour_answers_and_says_which_deployment_it_is(app: App) -> None:
    app.deploy(BLUE, "one", deployment="d1")

    assert app.answer(BLUE) == "one"
    found = app.runtime.look(BLUE)
    assert found.running and found.exit_code is None and found.healthy is None and found.started
    assert (found.deployment, found.release) == ("d1", "one")
    assert found.described == f"container {app.name}-blue-app-blue-1 (running)"


def test_the_logs_have_the_last_lines_of_both_streams(app: App) -> None:
    app.deploy(BLUE, "one")
    app.answer(BLUE)

    assert app.runtime.logs(BLUE).splitlines() == ["to standard output: one", "to standard error: one"]
    assert app.runtime.logs(BLUE, lines=1).splitlines() == ["to standard error: one"]
    assert app.runtime.logs(GREEN) == ""


def test_a_second_start_for_the_same_deployment_changes_nothing(app: App, engine: docker.DockerClient) -> None:
    release = app.deploy(BLUE, "one", deployment="d1")
    before = container_id(engine, app)

    guard = Free()
    app.runtime.start(BLUE, release, "d1", guard)

    assert container_id(engine, app) == before
    assert guard.asked == 0


def test_a_start_for_another_deployment_replaces_the_container(app: App, engine: docker.DockerClient) -> None:
    app.deploy(BLUE, "one", deployment="d1")
    before = container_id(engine, app)

    app.deploy(BLUE, "two", deployment="d2")

    assert container_id(engine, app) != before
    assert app.answer(BLUE) == "two"
    assert app.runtime.look(BLUE).deployment == "d2"


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


def test_an_old_release_starts_again_from_its_image_without_a_build(app: App) -> None:
    old = app.deploy(BLUE, "one", deployment="d1")
    app.deploy(BLUE, "two", deployment="d2")
    app.dockerfile("RUN false")

    again = app.runtime.build(BLUE, old, Free())
    app.runtime.start(BLUE, again, "d3", Free())

    assert app.answer(BLUE) == "one"


def test_a_release_whose_image_is_gone_is_refused_instead_of_built_from_other_code(app: App) -> None:
    gone = Release(name="old", ref="v1", image=f"{app.name}:old")

    with pytest.raises(PhaseFailed, match="is gone") as caught:
        app.runtime.build(BLUE, gone, Free())

    assert f"bluegreen deploy {app.name} --ref v1" in caught.value.advice


def test_a_service_without_a_build_runs_the_image_that_its_file_names(app: App) -> None:
    command = ["python3", "-m", "http.server", "8000"]
    app.compose_file(BLUE, build=None, image=app.python, command=command)

    release = app.runtime.build(BLUE, Release(name="one"), Free())
    app.runtime.start(BLUE, release, "d1", Free())

    assert release.image == app.python
    assert "Directory listing" in app.answer(BLUE)


def test_a_worker_beside_the_application_runs_the_same_image(app: App, engine: docker.DockerClient) -> None:
    web = {"build": ".", "image": "never-pulled", "ports": [f"{app.ports['blue']}:8000"]}
    app.raw_compose_file(BLUE, {"services": {"app-blue": web, "worker": {"image": "never-pulled"}}})

    app.deploy(BLUE, "one")

    found = engine.containers.list(filters={"label": f"com.docker.compose.project={app.name}-blue"})
    assert [each.image.tags for each in found] == [[f"{app.name}:one"]] * 2


def test_an_up_that_was_cut_before_all_had_started_is_done_again(app: App, engine: docker.DockerClient) -> None:
    web = {"build": ".", "ports": [f"{app.ports['blue']}:8000"]}
    app.raw_compose_file(BLUE, {"services": {"app-blue": web, "worker": {"build": "."}}})
    release = app.deploy(BLUE, "one", deployment="d1")
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


def test_a_container_that_ends_at_once_tells_its_exit_code_and_its_last_words(app: App) -> None:
    app.deploy(BLUE, "crash")

    eventually(lambda: not app.runtime.look(BLUE).running)

    found = app.runtime.look(BLUE)
    assert found.exit_code == 7
    assert found.described.endswith("(exited, code 7)")
    assert "to standard error: crash" in app.runtime.logs(BLUE)


def test_a_container_in_a_crash_loop_does_not_count_as_running(app: App) -> None:
    app.compose_file(BLUE, restart="always")
    app.deploy(BLUE, "crash")

    eventually(lambda: "restarting, code 7, restarts: " in app.runtime.look(BLUE).described)


def test_a_container_killed_for_its_memory_says_so(app: App) -> None:
    app.compose_file(
        BLUE, command=["python3", "-c", "x = b'x' * 500_000_000"], mem_limit="30m", memswap_limit="30m"
    )
    app.deploy(BLUE, "one")

    eventually(lambda: not app.runtime.look(BLUE).running)

    assert "OOM-killed" in app.runtime.look(BLUE).described


def test_the_verdict_of_dockers_own_healthcheck_is_passed_on(app: App) -> None:
    def healthy(test: str) -> object:
        check = {"test": ["CMD", test], "interval": "0.2s", "timeout": "5s", "retries": 1}
        app.compose_file(BLUE, healthcheck=check)
        app.deploy(BLUE, "one", deployment=test)
        eventually(lambda: app.runtime.look(BLUE).healthy is not None)
        return app.runtime.look(BLUE).healthy

    assert healthy("true") is True
    assert healthy("false") is False
    assert "health: unhealthy" in app.runtime.look(BLUE).described


def test_a_build_that_fails_shows_its_output(app: App) -> None:
    app.dockerfile("RUN echo no such thing >&2; exit 3")

    with pytest.raises(CommandFailed, match="no such thing"):
        app.runtime.build(BLUE, Release(name="one"), Free())


def test_nothing_happens_when_the_guard_says_no(app: App) -> None:
    release = app.deploy(BLUE, "one", deployment="d1")
    cut = Cut(at_once=True)

    for attempt in (
        lambda: app.runtime.start(BLUE, release, "d2", cut),
        lambda: app.runtime.stop(BLUE, cut),
        lambda: app.runtime.remove(BLUE, cut),
        lambda: app.runtime.build(BLUE, Release(name="two"), cut),
    ):
        with pytest.raises(AbortRequested):
            attempt()

    assert app.runtime.look(BLUE).deployment == "d1" and app.runtime.look(BLUE).running
