"""What a compose file says of its services counts, or is refused by name."""

from typing import Any

import docker
import pytest
from docker.models.containers import Container

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from tests.cancellations import Free
from tests.compose.app import App, eventually

pytestmark = pytest.mark.docker

BLUE = Color.BLUE
#: ends by itself a while after it is asked to
SLOW = """
import signal, sys, time

def end(*_):
    print("asked", flush=True)
    time.sleep(3)
    sys.exit(0)

signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(600)
"""


def with_jobs(app: App, **jobs: Any) -> None:
    web = {"build": ".", "ports": [f"{app.ports['blue']}:8000"]}
    slow = {"build": ".", "command": ["python3", "-uc", SLOW.replace("$", "$$")]}
    app.raw_compose_file(BLUE, {"services": {"app-blue": web, "jobs": slow | jobs}})


def jobs_of(app: App, engine: docker.DockerClient) -> Container:
    found = engine.containers.get(f"{app.name}-blue-jobs-1")
    eventually(lambda: b"ready" in found.logs())
    return found


@pytest.mark.parametrize(
    ("period", "code"), [({"stop_grace_period": "20s"}, 0), pytest.param({}, 137, marks=pytest.mark.long)]
)
def test_a_service_gets_the_seconds_to_end_that_its_file_gives_it(
    app: App, engine: docker.DockerClient, period: dict[str, str], code: int
) -> None:
    with_jobs(app, **period)
    app.deploy(BLUE, "one", deployment_id="d1")
    jobs = jobs_of(app, engine)

    app.runtime.stop(BLUE, Free())

    jobs.reload()
    assert jobs.attrs["State"]["ExitCode"] == code, "the service's own 20 s, else compose.stop_grace, which is 2 s"


def test_it_gets_them_when_it_is_replaced_and_removed_too(app: App, engine: docker.DockerClient) -> None:
    with_jobs(app, stop_grace_period="20s")
    app.deploy(BLUE, "one", deployment_id="d1")
    jobs_of(app, engine)
    ends = engine.events(decode=True, filters={"event": "die", "container": f"{app.name}-blue-jobs-1"})

    app.deploy(BLUE, "two", deployment_id="d2")
    jobs_of(app, engine)
    app.runtime.remove(BLUE, Free())

    assert [next(ends)["Actor"]["Attributes"]["exitCode"] for _ in range(2)] == ["0", "0"]


@pytest.mark.parametrize(
    ("policy", "then"),
    [
        ("always", "unless-stopped"),
        pytest.param("on-failure", "unless-stopped", marks=pytest.mark.long),
        pytest.param("no", "no", marks=pytest.mark.long),
    ],
)
def test_a_stopped_colour_does_not_come_back_with_the_engine(
    app: App, engine: docker.DockerClient, policy: str, then: str
) -> None:
    app.compose_file(BLUE, restart=policy)
    app.deploy(BLUE, "one")
    container = engine.containers.get(f"{app.name}-blue-app-blue-1")
    assert container.attrs["HostConfig"]["RestartPolicy"]["Name"] == policy

    app.runtime.stop(BLUE, Free())

    container.reload()
    assert container.attrs["HostConfig"]["RestartPolicy"]["Name"] == then
    assert container.status == "exited"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({}, "app-blue has no restart policy"),
        ({"restart": "no"}, "app-blue has no restart policy"),
        ({"restart": "on-failure"}, "app-blue has restart: on-failure"),
        ({"deploy": {"restart_policy": {"condition": "none"}}}, "app-blue has no restart policy"),
        ({"restart": "unless-stopped"}, ""),
        ({"restart": "always"}, ""),
        ({"deploy": {"restart_policy": {"condition": "any"}}}, ""),
    ],
)
def test_a_colour_that_a_restart_of_the_host_leaves_down_is_named_with_the_line_that_mends_it(
    app: App, engine: docker.DockerClient, said: dict[str, Any], named: str
) -> None:
    app.compose_file(BLUE, **said)

    weaknesses = app.runtime.preflight(BLUE)

    assert bool(weaknesses) == bool(named)
    assert all(named in each.what and "restart: unless-stopped" in each.fix for each in weaknesses)
    app.deploy(BLUE, "one")
    policy = engine.containers.get(f"{app.name}-blue-app-blue-1").attrs["HostConfig"]["RestartPolicy"]["Name"]
    assert (policy in ("always", "unless-stopped")) == (not named), "what the Engine made of it"


def test_logs_that_are_kept_nowhere_are_one_line_and_no_end_of_anything(app: App) -> None:
    app.compose_file(BLUE, logging={"driver": "none"})
    app.version("one")
    runtime = app.runtime_with()
    job = Job("migrate", "the migrations", ("python3", "-c", "print('done')"), 60)
    release = runtime.build(BLUE, Release(name="one"), "d1", Free())

    migrated = runtime.run_job(job, BLUE, release, "d1", Free())
    runtime.start(BLUE, release, "d1", Free())

    assert "prints cannot be read: its logging driver is none" in migrated
    name = f"{app.name}-blue-app-blue-1"
    assert runtime.logs(BLUE) == f"(what {name} prints cannot be read: its logging driver is none)"


def refusal(app: App, **changes: Any) -> str:
    app.compose_file(BLUE, **changes)
    with pytest.raises(PhaseFailed) as refused:
        app.runtime.preflight(BLUE)
    return str(refused.value)


@pytest.mark.parametrize("many", [{"scale": 2}, pytest.param({"deploy": {"replicas": 2}}, marks=pytest.mark.long)])
def test_replicas_of_the_colour_are_refused_by_name(app: App, many: dict[str, Any]) -> None:
    assert "app-blue has 2 replicas" in refusal(app, **many)


def test_a_profile_that_is_not_active_is_named_and_an_active_one_counts(app: App) -> None:
    assert "app-blue is in the profile prod, which is not active" in refusal(app, profiles=["prod"])

    (app.folder / ".env").write_text("COMPOSE_PROFILES=prod\n")
    app.runtime.preflight(BLUE)
    app.deploy(BLUE, "one")
    assert app.answer(BLUE) == "one"


def test_a_file_that_is_missing_is_named_as_the_user_knows_it(app: App) -> None:
    assert "production.env" in refusal(app, env_file=["production.env"])


@pytest.mark.parametrize(("step", "is_watched"), [("HEALTHCHECK CMD true", True), ("HEALTHCHECK NONE", False)])
def test_whether_its_image_has_a_healthcheck_is_known_before_it_starts(
    app: App, engine: docker.DockerClient, step: str, is_watched: bool
) -> None:
    app.dockerfile("COPY version /version", step)
    assert app.runtime.is_watched(BLUE) is None

    release = app.runtime.build(BLUE, Release(name="one"), "d1", Free())

    assert app.runtime.is_watched(BLUE, release, "d1") is is_watched
    app.compose_file(BLUE, healthcheck={"disable": True})
    assert app.runtime.is_watched(BLUE, release, "d1") is False
    assert not engine.containers.list(all=True, filters={"label": f"com.docker.compose.project={app.name}-blue"})
