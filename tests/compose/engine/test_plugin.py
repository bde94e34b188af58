"""How Compose is called: by itself where the docker command tells where it is, else through it."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.system.programs import run_checked
from compose.engine import plugin
from compose.project.commands import version


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    plugin._asked.cache_clear()
    yield
    plugin._asked.cache_clear()


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for docker that prints this file, and counts in `asked` how often it is called."""
    if sys.platform == "win32":
        pytest.skip("the stand-in is a shell script")
    said, docker = tmp_path / "said", tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\necho again >>{tmp_path}/asked\ncat {said}\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    said.write_text("")
    return said


@pytest.mark.real
def test_the_docker_command_is_asked_once_where_it_is(says: Path, tmp_path: Path) -> None:
    compose = tmp_path / "docker-compose"
    compose.touch()
    says.write_text(f"{compose}\nCannot connect to the Docker daemon\n")

    assert plugin.compose() == plugin.compose() == (str(compose),)
    assert (tmp_path / "asked").read_text() == "again\n"

    compose.unlink()
    assert plugin.compose() == ("docker", "compose")


@pytest.mark.real
def test_a_plugin_of_another_kind_than_docker_is_not_called(says: Path, tmp_path: Path) -> None:
    compose = tmp_path / "docker-compose.exe"
    compose.touch()
    says.write_text(f"{compose}\n")

    assert plugin.compose() == ("docker", "compose")


@pytest.mark.real
def test_without_an_answer_it_is_called_through_docker_and_asked_again(says: Path, tmp_path: Path) -> None:
    assert plugin.compose() == plugin.compose() == ("docker", "compose")
    assert (tmp_path / "asked").read_text() == "again\nagain\n"


@pytest.mark.real
def test_without_docker_it_is_called_through_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert plugin.compose() == ("docker", "compose")


@pytest.mark.docker
def test_both_ways_are_the_same_program() -> None:
    assert shutil.which("docker")

    found = plugin.compose()

    assert found != plugin.DOCKER_COMPOSE
    assert run_checked([*found, *version()], timeout=30) == run_checked(
        [*plugin.DOCKER_COMPOSE, *version()], timeout=30
    )
