"""Background services on the Engine: which containers a record may name, and what a stop or a start comes to."""

import json
import subprocess
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ServiceSettings
from compose.background.runtime import ComposeBackground
from compose.runtime import ComposeRuntime
from tests.cancellations import Free
from tests.compose.app import App, eventually

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

BLUE, GREEN = Color.BLUE, Color.GREEN
#: ends at once when it is asked to, and says what it does
LOOP = "trap 'echo asked; exit 0' TERM; echo begun; while :; do sleep 0.05; done"


class Project:
    """The App's folder with one compose file: web, worker and beat of one image."""

    def __init__(self, app: App) -> None:
        self.app, self.name = app, app.name
        for color in Color:
            (app.folder / f"docker-compose.{color}.yml").unlink()
        self.worker: dict[str, Any] = {
            "image": f"{app.name}-app",
            "command": ["sh", "-c", LOOP],
            "restart": "always",
        }
        self.service: dict[str, Any] = {"worker": {}, "beat": {"overlap": False}}
        self.write()

    def write(self) -> None:
        web = {"build": ".", "image": f"{self.name}-app", "expose": ["8000"]}
        services = {"web": web, "worker": self.worker, "beat": self.worker, "other": self.worker}
        file = self.app.folder / "docker-compose.yml"
        file.write_text(json.dumps({"name": self.name, "services": services}))

    def up(self, *services: str) -> None:
        line = ["docker", "compose", "up", "--detach", "--build", "web", *services]
        subprocess.run(line, cwd=self.app.folder, check=True, capture_output=True)

    @property
    def settings(self) -> ServiceSettings:
        settings = {
            "workspace": self.app.folder,
            "compose": {"files": ["docker-compose.yml"], "service": "web"},
            "proxies": [{"container": f"{self.name}-proxy", "file": "upstream.inc"}],
            "background": self.service,
        }
        return ServiceSettings.model_validate(settings).kept_in(self.app.state)

    @property
    def background(self) -> ComposeBackground:
        return ComposeBackground(self.name, self.settings)

    def start(self, color: Color, deployment_id: str = "d1", *names: str) -> Release:
        runtime = ComposeRuntime(self.name, self.settings)
        release = runtime.build(color, Release(name="r1"), deployment_id, Free())
        self.background.start(color, release, deployment_id, names or ("worker", "beat"), Free())
        return release


@pytest.fixture
def project(app: App) -> Project:
    """Of which the application runs: its network is there."""
    project = Project(app)
    project.up()
    return project


def running(engine: docker.DockerClient, project: Project) -> set[str]:
    """All of the project's but the application."""
    found = engine.containers.list(ignore_removed=True)
    names = {str(each.name).removeprefix(f"{project.name}-") for each in found if project.name in str(each.name)}
    return names - {"web-1"}


def started(container: Container) -> str:
    container.reload()
    return str(container.attrs["State"]["StartedAt"])


def test_they_run_the_image_of_the_release_which_is_built_once(
    engine: docker.DockerClient, project: Project
) -> None:
    release = project.start(BLUE)

    found = project.background.look(BLUE)
    assert [len(each) for each in found.values()] == [1, 1] and project.background.look(GREEN) == {
        "worker": [],
        "beat": [],
    }
    assert {each.image_id for one in found.values() for each in one} == {release.image_id}
    assert {each.release for one in found.values() for each in one} == {"r1"}
    eventually(lambda: project.background.logs(BLUE, "worker").strip() == "begun")


def test_one_that_this_deployment_has_started_is_left_alone(engine: docker.DockerClient, project: Project) -> None:
    project.start(BLUE, "d1", "worker")
    worker = engine.containers.get(f"{project.name}-blue-background-worker-1")
    before = started(worker)

    project.start(BLUE)

    assert started(worker) == before
    assert running(engine, project) == {"blue-background-worker-1", "blue-background-beat-1"}
    project.start(BLUE, "d2")
    assert engine.containers.get(worker.name).id != worker.id


def test_what_runs_from_before_is_the_other_colour_s_and_people_s_own(
    engine: docker.DockerClient, project: Project
) -> None:
    project.up("worker", "other")
    project.start(GREEN)
    project.start(BLUE)

    name = project.name
    assert project.background.former(BLUE) == {
        f"{name}-worker-1": "worker",
        f"{name}-green-background-worker-1": "worker",
        f"{name}-green-background-beat-1": "beat",
    }
    project.service = {"worker": {}}
    assert project.background.former(BLUE)[f"{name}-green-background-beat-1"] is None
    project.service = {}
    assert set(project.background.former(BLUE)) == {
        f"{name}-green-background-worker-1",
        f"{name}-green-background-beat-1",
    }


def test_those_of_another_folder_are_not_ours(
    engine: docker.DockerClient, project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two checkouts of one project on a host have one name for Compose."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    project.up("web")
    text = (project.app.folder / "docker-compose.yml").read_text()
    (elsewhere / "docker-compose.yml").write_text(text)
    line = ["docker", "compose", "up", "--detach", "--no-deps", "--no-build", "worker"]
    subprocess.run(line, cwd=elsewhere, check=True, capture_output=True)

    assert project.background.former(BLUE) == {}
    project.background.end(BLUE, [f"{project.name}-worker-1"], Free())
    assert "worker-1" in running(engine, project)


def test_a_record_names_no_container_that_is_not_one_of_them(
    engine: docker.DockerClient, project: Project
) -> None:
    project.up("worker", "other")
    project.start(BLUE)
    names = [
        f"{project.name}-{each}" for each in ("web-1", "other-1", "worker-1", "blue-background-worker-1", "no")
    ]
    before = running(engine, project)

    project.background.end(BLUE, names, Free())

    assert running(engine, project) == before - {"worker-1"}
    other = engine.containers.get(f"{project.name}-other-1")
    other.stop(timeout=0)
    project.background.resume(BLUE, names, Free())
    assert running(engine, project) == before - {"other-1"}


def test_one_that_was_asked_to_end_does_not_come_back_by_itself_and_works_again_when_it_shall(
    engine: docker.DockerClient, project: Project
) -> None:
    project.up("worker")
    worker = engine.containers.get(f"{project.name}-worker-1")
    eventually(lambda: b"begun" in worker.logs())

    project.background.end(BLUE, [worker.name], Free())
    worker.reload()
    assert worker.status == "exited" and worker.attrs["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    project.background.resume(BLUE, [worker.name], Free())

    eventually(lambda: worker.logs().count(b"begun") == 2)
    assert worker.logs().count(b"asked") == 1


def test_one_whose_end_somebody_else_has_asked_for_has_ended_before_it_begins_again(
    engine: docker.DockerClient, project: Project
) -> None:
    """A worker that was killed leaves the Engine with a stop under way: what is started then would end with it."""
    project.worker["command"] = ["sh", "-c", LOOP.replace("echo asked;", "echo caught; sleep 2; echo asked;")]
    project.write()
    project.up("worker")
    worker = engine.containers.get(f"{project.name}-worker-1")
    eventually(lambda: b"begun" in worker.logs())
    stop = ["docker", "stop", "--time", "10", str(worker.name)]
    with subprocess.Popen(stop, stdout=subprocess.DEVNULL):
        eventually(lambda: b"caught" in worker.logs())
        project.background.resume(BLUE, [worker.name], Free())

    eventually(lambda: worker.logs().count(b"begun") == 2)
    worker.reload()
    assert worker.status == "running" and worker.logs().count(b"asked") == 1


def test_nothing_is_left_of_those_that_are_removed(engine: docker.DockerClient, project: Project) -> None:
    project.start(GREEN)
    project.start(BLUE)

    for _ in range(2):
        project.background.remove(BLUE, Free())

    assert running(engine, project) == {"green-background-worker-1", "green-background-beat-1"}
