"""Colours derived from a project's own compose file, on the Engine: what is theirs, and what is the project's."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import docker
import pytest
from click.testing import CliRunner

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ServiceSettings
from cli.main import bluegreen
from compose.runtime import ComposeRuntime
from tests.cancellations import Free
from tests.compose.app import App

pytestmark = pytest.mark.docker

BLUE, GREEN = Color.BLUE, Color.GREEN
FILES = {"files": ["docker-compose.yml"], "service": "web"}


class Project:
    """The App's folder with one compose file: `web`, and what a test adds."""

    def __init__(self, app: App) -> None:
        self.app, self.name = app, app.name
        for color in Color:
            (app.folder / f"docker-compose.{color}.yml").unlink()
        self.web: dict[str, Any] = {"build": ".", "expose": ["8000"]}
        self.db: dict[str, Any] = {"image": app.python, "command": ["sleep", "600"], "stop_grace_period": "0s"}
        self.top: dict[str, Any] = {"name": app.name}
        self.write()

    def write(self) -> None:
        content = {"services": {"web": self.web, "db": self.db}, **self.top}
        (self.app.folder / "docker-compose.yml").write_text(json.dumps(content))

    def up(self, *arguments: str) -> None:
        """As its user does, in its folder."""
        self.write()
        subprocess.run(["docker", "compose", *arguments], cwd=self.app.folder, check=True, capture_output=True)

    def runtime(self, **more: Any) -> ComposeRuntime:
        settings = {
            "workspace": self.app.folder,
            "compose": FILES,
            "proxies": [{"container": f"{self.name}-proxy", "file": "upstream.inc"}],
            **more,
        }
        return ComposeRuntime(self.name, ServiceSettings.model_validate(settings).kept_in(self.app.state))

    def run(self, color: Color = BLUE, **more: Any) -> Release:
        """Preflight, build and start, as the phases do."""
        self.write()
        runtime, release = self.runtime(**more), Release(name="r1")
        runtime.preflight(color, release, "d1")
        release = runtime.build(color, release, "d1", Free())
        runtime.start(color, release, "d1", Free())
        return release

    def refusal(self, **more: Any) -> str:
        self.write()
        with pytest.raises(PhaseFailed) as refused:
            self.runtime(**more).preflight(BLUE, Release(name="r1"), "d1")
        return f"{refused.value.what}\n{refused.value.saw}\n{refused.value.advice}"

    def color(self, engine: docker.DockerClient, color: Color = BLUE) -> dict[str, Any]:
        return dict(engine.containers.get(f"{self.name}-{color}").attrs)


@pytest.fixture
def project(app: App, engine: docker.DockerClient) -> Iterator[Project]:
    made = Project(app)
    yield made
    for container in engine.containers.list(all=True, ignore_removed=True):
        if container.labels.get("com.docker.compose.project", "").startswith(app.name):
            container.remove(force=True, v=True)
    for volume in engine.volumes.list():
        if volume.name.startswith(app.name):
            volume.remove(force=True)


def test_a_colour_is_on_the_project_s_networks_under_a_name_of_its_own(
    project: Project, engine: docker.DockerClient
) -> None:
    project.web |= {
        "networks": {"default": {"aliases": ["www"]}, "back": None},
        "container_name": f"{project.name}-x",
    }
    project.top |= {"networks": {"back": None}}
    project.up("up", "--detach", "--build")

    project.run()

    networks = project.color(engine)["NetworkSettings"]["Networks"]
    assert networks.keys() == {f"{project.name}_default", f"{project.name}_back"}
    identity = project.color(engine)["Id"][:12]
    assert set(networks[f"{project.name}_default"]["Aliases"]) == {f"{project.name}-blue", identity}
    assert str(project.runtime().address_in_network(BLUE)) == f"{project.name}-blue:8000"


def test_a_volume_of_the_project_is_shared_and_made_as_compose_would(
    project: Project, engine: docker.DockerClient
) -> None:
    project.up("up", "--detach", "db")
    project.web |= {"volumes": ["data:/data"]}
    project.top |= {"volumes": {"data": {"labels": {"theirs": "1"}}}}

    project.run()
    warned = subprocess.run(
        ["docker", "compose", "up", "--detach", "--build"], cwd=project.app.folder, capture_output=True, text=True
    )

    assert warned.returncode == 0 and "already exists" not in warned.stderr, warned.stderr
    labels = engine.volumes.get(f"{project.name}_data").attrs["Labels"]
    assert labels["theirs"] == "1" and labels["com.docker.compose.project"] == project.name
    mounted = [each["Name"] for each in project.color(engine)["Mounts"]]
    original = engine.containers.get(f"{project.name}-web-1").attrs["Mounts"]
    assert mounted == [each["Name"] for each in original] == [f"{project.name}_data"]


def test_a_proxy_in_a_container_reaches_it_by_an_address_of_this_host(
    project: Project, engine: docker.DockerClient
) -> None:
    bridge = engine.networks.get("bridge").attrs["IPAM"]["Config"][0]["Gateway"]
    edge = {"container": "edge", "file": "upstream.inc", "upstream_address": bridge}
    project.up("up", "--detach", "db")
    project.run(ports=project.app.ports, proxies=[edge])
    asks = (
        "import time, urllib.request as u\n"
        "for _ in range(50):\n"
        f"    try: print(u.urlopen('http://{bridge}:{project.app.ports['blue']}/', timeout=2).status); break\n"
        "    except OSError as error: print(error); time.sleep(0.1)\n"
    )
    answered = engine.containers.run(project.app.python, ["python3", "-c", asks], remove=True)
    assert answered.split()[-1] == b"200", answered

    with pytest.raises(PhaseFailed, match="edge would reach the colour at host.docker.internal"):
        project.run(GREEN, ports=project.app.ports, proxies=[{**edge, "upstream_address": "host.docker.internal"}])


@pytest.mark.parametrize(
    "reached", [{"conf": "nginx.conf"}, {"container": "edge", "upstream_address": "172.17.0.1"}], ids=str
)
def test_a_proxy_that_goes_through_this_host_needs_ports(project: Project, reached: dict[str, str]) -> None:
    project.up("up", "--detach", "db")

    with pytest.raises(PhaseFailed, match="publishes no port") as refused:
        project.run(proxies=[{"file": "upstream.inc", **reached}])

    assert f"[services.{project.name}.ports]" in refused.value.advice


def test_an_external_volume_that_is_not_there_is_missed(project: Project) -> None:
    project.up("up", "--detach", "db")
    project.web |= {"volumes": ["data:/data"]}
    project.top |= {"volumes": {"data": {"name": f"{project.name}-theirs", "external": True}}}

    said = project.refusal()

    assert f"there is no volume {project.name}-theirs" in said and "docker volume create" in said


def test_what_it_depends_on_must_run(project: Project) -> None:
    project.web |= {"depends_on": ["db"]}
    project.up("create")

    said = project.refusal()

    assert "web depends on db, of which no container runs" in said
    assert "docker compose -f docker-compose.yml up -d db" in said
    project.up("up", "--detach", "db")
    project.run()


def test_a_project_that_never_ran_has_no_network_yet(project: Project) -> None:
    said = project.refusal()

    assert f"there is no network {project.name}_default" in said
    assert "docker compose -f docker-compose.yml up -d" in said


def test_a_service_of_a_profile_is_found_and_others_may_need_it(project: Project) -> None:
    project.web |= {"profiles": ["live"]}
    project.db |= {"depends_on": {"web": {"condition": "service_started", "required": False}}}
    project.up("up", "--detach")

    assert project.run().image == f"{project.name}:r1"


def test_a_project_is_called_as_compose_calls_it(project: Project, engine: docker.DockerClient) -> None:
    del project.top["name"]
    (project.app.folder / ".env").write_text(f"COMPOSE_PROJECT_NAME={project.name}-of-env\n")
    project.up("up", "--detach", "db")

    project.run()

    assert project.color(engine)["NetworkSettings"]["Networks"].keys() == {f"{project.name}-of-env_default"}


def test_several_files_are_one_and_lists_of_a_service_are_joined(
    project: Project, engine: docker.DockerClient
) -> None:
    project.up("up", "--detach", "db")
    more = {"services": {"web": {"environment": {"MORE": "1"}}}}
    (project.app.folder / "more.yml").write_text(json.dumps(more))

    project.run(compose=FILES | {"files": ["docker-compose.yml", "more.yml"]})

    assert "MORE=1" in project.color(engine)["Config"]["Env"]


def test_plan_says_what_a_colour_has_otherwise_and_why(project: Project) -> None:
    app = project.app
    project.web["container_name"] = "shop"
    project.write()
    (app.folder / "bluegreen.toml").write_text(
        f"[services.{app.name}]\n[services.{app.name}.compose]\nfiles = ['docker-compose.yml']\nservice = 'web'\n"
        f"[[services.{app.name}.proxies]]\ncontainer = 'edge'\nfile = 'upstream.inc'\n"
    )
    command = ["--config", str(app.folder / "bluegreen.toml"), "plan", app.name]

    shown = CliRunner().invoke(bluegreen, command).output

    assert "a colour is derived from docker-compose.yml" in shown, shown
    assert f"services: web alone, as {app.name}-blue" in shown
    assert "container_name: left out: each colour has a name of its own" in shown

    (app.folder / "docker-compose.yml").write_text("services: {web: {nonsense: 1}}")
    refused = CliRunner().invoke(bluegreen, command)
    assert "docker compose cannot read docker-compose.yml" in str(refused.exception or refused.output)


def test_secrets_and_configs_are_those_of_the_files(
    project: Project, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "pa$$word")
    (project.app.folder / "key").write_text("of a file")
    project.web |= {"secrets": ["token", "key"], "configs": ["site"]}
    project.top |= {
        "secrets": {"token": {"environment": "TOKEN"}, "key": {"file": "./key"}},
        "configs": {"site": {"content": "one $$ ${TOKEN}"}},
    }
    project.up("up", "--detach", "db")

    project.run()

    container = engine.containers.get(f"{project.name}-blue")
    shown = container.exec_run(["cat", "/run/secrets/token", "/run/secrets/key", "/site"]).output.decode()
    assert shown == "pa$$wordof a fileone $ pa$$word"
    kept = [each.read_text(errors="replace") for each in project.app.state.rglob("*") if each.is_file()]
    assert not any("pa$$word" in text for text in kept)
