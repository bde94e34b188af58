"""Colours of a service with a source: each release from a tree of its own, with the workspace left alone."""

import json
from pathlib import Path

import docker
import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ServiceSettings, SourceSettings
from compose.runtime import ComposeRuntime
from tests.cancellations import Free
from tests.compose.app import App

pytestmark = pytest.mark.docker

BLUE = Color.BLUE
SHOWN = "import os, pathlib; [print(p, pathlib.Path(p).read_text().strip()) for p in ('/version', '/t', '/w')]"


def runtime(app: App) -> ComposeRuntime:
    service = app.runtime.service.model_copy(update={"source": SourceSettings(url="unused")})
    return ComposeRuntime(app.name, ServiceSettings.kept_in(service, app.state))


def release(app: App, number: int, **files: str) -> Release:
    """A release whose tree has what the workspace tracks, with these files."""
    commit = f"{number:040x}"
    tree = app.state / "releases" / commit
    for name in ("app.py", "Dockerfile", "docker-compose.blue.yml"):
        write(tree / name, (app.folder / name).read_text())
    for name, text in files.items():
        write(tree / name.replace("__", "/").replace("_yml", ".yml"), text)
    return Release(name=f"v{number}", ref=f"v{number}", commit=commit)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(app: App, which: Release, deployment_id: str) -> Release:
    driven = runtime(app)
    driven.preflight(BLUE, which, deployment_id)
    built = driven.build(BLUE, which, deployment_id, Free())
    driven.start(BLUE, built, deployment_id, Free())
    return built


def container(app: App, engine: docker.DockerClient) -> dict[str, object]:
    found = engine.containers.list(filters={"label": f"com.docker.compose.project={app.name}-blue"})
    return dict(found[0].attrs)


def test_a_release_is_built_and_mounted_from_its_tree_and_the_rest_from_the_workspace(
    app: App, engine: docker.DockerClient
) -> None:
    secret = "pa$$w$rd \u00e4 #"
    write(app.folder / ".env", f"SECRET='{secret}'\n")
    write(app.folder / "more.env", "MORE=${SECRET}\n")
    write(app.folder / "version", "the workspace's")
    write(app.folder / "tracked/t", "the workspace's")
    write(app.folder / "uploads/w", "the users'")
    app.compose_file(
        BLUE,
        env_file=["more.env"],
        environment={"SECRET": "${SECRET}", "DOLLAR": "a$$b", "REF": "${BLUEGREEN_REF}"},
        volumes=["./tracked/t:/t", "./uploads/w:/w", "./uploads:/uploads"],
    )
    before = sorted(app.folder.rglob("*"))

    run(app, release(app, 1, version="one", tracked__t="one"), "d1")

    assert app.answer(BLUE) == "one"
    found = container(app, engine)
    env = set(found["Config"]["Env"])  # type: ignore[index]
    assert {f"SECRET={secret}", f"MORE={secret}", "DOLLAR=a$b", "REF=v1"} <= env
    shown = engine.containers.get(str(found["Id"])).exec_run(["python3", "-c", SHOWN]).output.decode()
    assert shown.splitlines() == ["/version one", "/t one", "/w the users'"]
    assert found["Config"]["Labels"]["com.docker.compose.project.working_dir"] == str(app.folder)  # type: ignore[index]
    assert sorted(app.folder.rglob("*")) == before
    kept = [each.read_text() for each in app.state.rglob("*") if each.is_file()]
    assert not any(secret in text for text in kept)


def test_a_release_of_before_runs_again_as_its_own_file_had_it(app: App) -> None:
    app.compose_file(BLUE, environment={"A": "1"})
    first = run(app, release(app, 1, version="one"), "d1")
    app.compose_file(BLUE, environment={"A": "2"})
    run(app, release(app, 2, version="two"), "d2")
    app.compose_file(BLUE, image="of-nobody", build=None)

    run(app, first, "d3")

    assert app.answer(BLUE) == "one"


def test_an_include_and_an_untracked_file_beside_it_are_read_where_each_is(
    app: App, engine: docker.DockerClient
) -> None:
    app.raw_compose_file(BLUE, {"include": ["sub/more.yml"]})
    own = {"build": "..", "ports": [f"{app.ports['blue']}:8000"], "environment": {"A": "${A}"}}
    write(app.folder / "sub/.env", "A=untracked\n")

    run(app, release(app, 1, version="one", sub__more_yml=json.dumps({"services": {"app-blue": own}})), "d1")

    assert app.answer(BLUE) == "one"
    assert "A=untracked" in container(app, engine)["Config"]["Env"]  # type: ignore[index]


def test_a_release_without_its_files_is_refused_before_anything_is_changed(app: App) -> None:
    gone = Release(name="v1", ref="v1", commit="c0ffee", image=f"{app.name}:v1")

    with pytest.raises(PhaseFailed, match="not on this host any more"):
        runtime(app).preflight(BLUE, gone, "d1")


def test_another_tree_with_the_same_files_is_built_from_the_cache(app: App, engine: docker.DockerClient) -> None:
    app.dockerfile("COPY . /all", "RUN head -c 9 /dev/urandom >/random")

    images = [run(app, release(app, number, version="same"), f"d{number}").image or "" for number in (1, 2)]

    assert images[0] != images[1]
    layers = [engine.images.get(image).attrs["RootFS"]["Layers"] for image in images]
    assert layers[0] == layers[1]
