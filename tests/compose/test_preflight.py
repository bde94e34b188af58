"""What is said before anything is touched when a colour cannot be started."""

import os
import socket
import sys
from pathlib import Path

import docker
import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.states import Color
from cli.demo.servers import free_port
from compose import preflight
from tests.compose.app import App

pytestmark = pytest.mark.docker

BLUE = Color.BLUE


def complaint(app: App, **compose: object) -> str:
    with pytest.raises(PhaseFailed) as caught:
        app.runtime_with(**compose).preflight(BLUE)
    return str(caught.value)


def test_a_good_colour_passes_before_and_while_it_runs_and_nothing_is_changed(app: App) -> None:
    app.runtime.preflight(BLUE)

    assert not app.state.exists()
    app.deploy(BLUE, "one")
    app.runtime.preflight(BLUE)


def test_a_missing_file_is_named_and_so_are_the_ones_that_are_there(app: App) -> None:
    said = complaint(app, color_file="compose-{color}.yaml")

    assert f"no compose file {app.folder}/compose-blue.yaml" in said
    assert "docker-compose.blue.yml, docker-compose.green.yml" in said
    assert "compose.color_file" in said


def test_a_file_that_leans_on_another_one_is_refused_with_compose_s_own_words(app: App) -> None:
    app.compose_file(BLUE, depends_on=["redis"])

    said = complaint(app)

    assert "cannot read docker-compose.blue.yml" in said
    assert "undefined service" in said
    assert "external: true" in said


@pytest.mark.parametrize(
    ("service", "advice"),
    [
        ({"env_file": ["no.env"]}, "required: false"),
        ({"image": "${NOPE:?say it}"}, "the worker's environment"),
        ({"imagee": "one"}, "docker compose -f THE-FILE config"),
    ],
)
def test_what_compose_refuses_is_answered_by_its_cause(app: App, service: dict[str, object], advice: str) -> None:
    app.compose_file(BLUE, **service)

    said = complaint(app)

    assert advice in said and "stand alone" not in said


def test_a_missing_service_is_named_and_so_are_those_in_the_file(app: App) -> None:
    said = complaint(app, service="web-{color}")

    assert "has no service web-blue" in said
    assert "It has: app-blue" in said


def test_a_published_port_that_is_not_the_colour_s_is_refused(app: App) -> None:
    app.compose_file(BLUE, ports=["12345:8000"])

    assert f"publishes 12345, not {app.ports['blue']}" in complaint(app)


def test_a_service_without_any_port_is_refused(app: App) -> None:
    app.compose_file(BLUE, ports=None)

    assert "has no port" in complaint(app)
    app.runtime_with(container_port=8000).preflight(BLUE)


def test_a_port_that_a_proxy_needs_is_missed(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.compose_file(BLUE, ports=None, expose=["8000"])
    runtime = app.runtime
    edge = runtime.service.proxies[0].model_copy(update={"upstream_address": "192.0.2.1"})
    runtime.service = runtime.service.model_copy(update={"proxies": (edge,)})
    with pytest.raises(PhaseFailed, match="publishes no port") as needed:
        runtime.preflight(BLUE)
    assert f"{app.name}-proxy reaches the colours by ports of a host" in needed.value.saw

    monkeypatch.setattr(preflight, "shares_network", lambda _: False)
    assert "containers' own addresses are not reached" in complaint(app)


def test_a_container_that_holds_the_port_is_named(app: App, run_container) -> None:
    port = app.ports["blue"]
    holder = run_container(app.python, command="sleep 600", ports={"80/tcp": port})

    assert f"port {port} is held by container {holder.name} that Compose did not make" in complaint(app)


def test_a_process_that_holds_the_port_is_named(app: App) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", app.ports["blue"]))
        holder.listen()

        said = complaint(app)

    assert f"port {app.ports['blue']} is held by " in said and f"(pid {os.getpid()})" in said


def test_a_port_is_free_where_its_holder_has_another_address(app: App, run_container) -> None:
    port = app.ports["blue"]
    holder = run_container(app.python, command="sleep 600", ports={"80/tcp": ("127.0.0.2", port)})

    app.compose_file(BLUE, ports=[f"127.0.0.1:{port}:8000", f"[::1]:{port}:8000"])
    app.runtime.preflight(BLUE)
    app.compose_file(BLUE, ports=[f"127.0.0.1:{port}:8000", f"127.0.0.2:{port}:8000"])
    assert f"port 127.0.0.2:{port} is held by container {holder.name}" in complaint(app)


def test_each_port_that_a_colour_publishes_has_to_be_free(app: App, run_container) -> None:
    other = free_port()
    holder = run_container(app.python, command="sleep 600", ports={"80/tcp": ("::1", other)})
    own = {"build": ".", "ports": [f"{app.ports['blue']}:8000"]}
    cache = {"image": app.python, "ports": [f"{other}:6379"]}
    app.raw_compose_file(BLUE, {"services": {"app-blue": own, "cache": cache}})

    said = complaint(app)

    assert f"port {other} is held by container {holder.name}" in said
    assert "each needs another port for cache" in said


def test_an_address_that_this_host_does_not_have_is_refused(app: App) -> None:
    app.compose_file(BLUE, ports=[f"192.0.2.1:{app.ports['blue']}:8000"])

    said = complaint(app)

    assert f"app-blue publishes 192.0.2.1:{app.ports['blue']}, and this host has no such address" in said


def test_a_container_that_has_our_fixed_name_is_named(app: App, run_container) -> None:
    app.compose_file(BLUE, container_name=app.name)
    labels = {"com.docker.compose.project": "somebody-else"}
    run_container(app.python, command="sleep 600", labels=labels)

    assert f"the name {app.name} is taken by a container of the Compose project somebody-else" in complaint(app)


def test_a_project_of_that_name_in_another_folder_is_not_taken_for_ours(
    app: App, run_container, tmp_path: Path
) -> None:
    project, elsewhere = f"{app.name}-blue", tmp_path / "elsewhere"
    labels = {"com.docker.compose.project": project, "com.docker.compose.project.working_dir": str(elsewhere)}
    holder = run_container(app.python, command="sleep 600", labels=labels)
    app.runtime.preflight(BLUE)  # what was there is gone: the folder has a new name

    elsewhere.mkdir()
    said = complaint(app)

    assert f"the Compose project {project} is that of {elsewhere}" in said and holder.name in said


def test_a_name_that_another_site_s_colour_has_on_the_network_is_refused(
    app: App, engine: docker.DockerClient, run_container
) -> None:
    labels = {"com.docker.compose.project": "somebody-else", "com.docker.compose.service": "app-blue"}
    other = run_container(app.python, command="sleep 600", labels=labels)
    app.runtime.preflight(BLUE)  # they do not meet

    shared = engine.networks.create(f"{app.name}-shared")
    shared.connect(other)
    app.compose_file(BLUE, networks={"shared": {"name": shared.name, "external": True}})

    assert f"the name app-blue is also that of {other.name}" in complaint(app)


def test_a_network_that_others_should_have_made_is_missed(app: App) -> None:
    app.compose_file(BLUE, networks={"shared": {"name": f"{app.name}-shared", "external": True}})

    said = complaint(app, shared=["docker-compose.yml"])

    assert f"there is no network {app.name}-shared" in said
    assert "docker compose -f docker-compose.yml up -d" in said


def test_a_proxy_that_could_not_reach_the_colour_by_name_is_refused(
    app: App, engine: docker.DockerClient, run_container
) -> None:
    proxy = run_container(app.python, name=f"{app.name}-proxy", command="sleep 600")
    assert f"the proxy {app.name}-proxy shares no network with app-blue" in complaint(app)

    shared = engine.networks.create(f"{app.name}-shared")
    shared.connect(proxy)
    app.compose_file(BLUE, networks={"shared": {"name": shared.name, "external": True}})
    app.runtime.preflight(BLUE)


def test_without_docker_it_says_so(app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    said = complaint(app)

    assert "cannot run docker" in said and "PATH" in said


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for docker is a shell script")
def test_without_compose_it_says_so(app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in = tmp_path / "docker"
    stand_in.write_text("#!/bin/sh\necho \"docker: 'compose' is not a docker command.\" >&2\nexit 1\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    said = complaint(app)

    assert "`docker compose` is missing" in said and "not a docker command" in said
