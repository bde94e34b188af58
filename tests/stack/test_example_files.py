"""The example as it is in the repository: its names are the ones that people know, and it holds no secret."""

import json
import shutil
from pathlib import Path
from typing import Any

import docker
import pytest

from bluegreen.settings import config_file
from examples.django.stack import HERE, IMAGES, Stack

pytestmark = pytest.mark.docker


@pytest.fixture
def example(tmp_path: Path, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A copy with .env.example as its .env, the two secrets filled in; no image is chosen by the environment."""
    for name in IMAGES:
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(HERE, tmp_path / "example")
    text = (HERE / ".env.example").read_text()
    assert "DJANGO_SECRET_KEY=\n" in text and "POSTGRES_PASSWORD=\n" in text
    (tmp_path / "example" / ".env").write_text(text.replace("=\n", "=secret\n"))
    return Stack(tmp_path / "example")


def read(example: Stack, file: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(
        example.compose("--env-file", ".env", "-f", file, "config", "--format", "json")
    )
    return shown


def test_what_is_shared_has_its_names(example: Stack) -> None:
    shared = read(example, "docker-compose.yml")

    names = {service: each["container_name"] for service, each in shared["services"].items()}
    assert names == {"ts-proxy": "test-proxy", "ts-postgres": "test-db-dev", "ts-redis": "test-redis-dev"}
    assert shared["networks"]["test-network"]["name"] == "test-network"
    mounts = {each["target"] for each in shared["services"]["ts-proxy"]["volumes"]}
    assert "/etc/nginx/conf.d" in mounts


@pytest.mark.parametrize(("color", "port"), [("blue", 8000), ("green", 8001)])
def test_each_colour_has_its_names_and_its_port(example: Stack, color: str, port: int) -> None:
    file = read(example, f"docker-compose.{color}.yml")

    (service,) = file["services"]
    assert (service, file["services"][service]["container_name"]) == (f"ts-django-{color}", f"test-dev-{color}")
    assert [each["published"] for each in file["services"][service]["ports"]] == [str(port)]
    assert file["services"][service]["environment"]["DJANGO_CONFIGURATION"] == "production"
    assert file["networks"]["test-network"] == {"name": "test-network", "external": True, "ipam": {}}
    assert not set(IMAGES) & set(file["services"][service]["build"].get("args") or {}), (
        "an unset image is passed on"
    )


def test_the_colours_differ_in_nothing_else() -> None:
    blue, green = (
        (HERE / f"docker-compose.{color}.yml").read_text().partition("services:")[2] for color in ("blue", "green")
    )

    assert (
        blue.replace("-blue", "-green")
        .replace("COLOR: blue", "COLOR: green")
        .replace("${BLUE_PORT:-8000}", "${GREEN_PORT:-8001}")
        == green
    )


def test_the_outer_nginx_is_a_project_of_its_own(example: Stack) -> None:
    outer = read(example, "outer/docker-compose.yml")

    assert (outer["name"], list(outer["services"])) == ("nginx", ["nginx"])
    assert "container_name" not in outer["services"]["nginx"]  # so that it is called nginx-nginx-1


def test_the_config_file_is_valid() -> None:
    config = config_file.load(HERE / "bluegreen.toml")

    assert [proxy.label for proxy in config.services["test"].proxies] == ["test-proxy", "nginx-nginx-1"]


def test_the_dockerfile_needs_nothing_but_its_base_image() -> None:
    text = (HERE / "Dockerfile").read_text()

    assert "# syntax=" not in text  # BuildKit would pull its frontend
    assert text.count("FROM ") == 1
