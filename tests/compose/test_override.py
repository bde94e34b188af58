"""What is laid over the user's compose file."""

import json
from pathlib import Path
from typing import Any

import pytest

from compose.colorfile import ColorFile
from compose.override import image_name, override, repository, write
from deployment.states import Color

pytestmark = pytest.mark.unit


def services(**definitions: Any) -> dict[str, Any]:
    file = ColorFile("blue.yml", {"services": definitions})
    return dict(json.loads(override(file, "web", "Test", Color.BLUE))["services"])


def test_every_service_is_labelled_with_what_it_belongs_to() -> None:
    assert services(web={"build": {"context": "."}}, redis={"image": "redis"})["redis"] == {
        "labels": {
            "bluegreen.service": "Test",
            "bluegreen.color": "blue",
            "bluegreen.deployment": "${BLUEGREEN_DEPLOYMENT}",
            "bluegreen.release": "${BLUEGREEN_RELEASE}",
        }
    }


def test_what_is_built_is_tagged_with_the_release() -> None:
    laid = services(web={"build": {"context": "."}}, worker={"build": {"context": "."}})

    assert laid["web"]["image"] == "${BLUEGREEN_IMAGE}"
    assert laid["worker"]["image"] == "test-worker:${BLUEGREEN_RELEASE}"
    assert image_name("Test", "r1") == "test:r1"


@pytest.mark.parametrize("web", [{"build": {"context": "."}, "image": "app"}, {"image": "app"}])
def test_who_runs_the_same_image_as_the_application_keeps_doing_so(web: dict[str, Any]) -> None:
    laid = services(web=web, worker={"image": "app"}, redis={"image": "redis"})

    assert laid["web"]["image"] == laid["worker"]["image"] == "${BLUEGREEN_IMAGE}"
    assert "image" not in laid["redis"]


def test_a_dollar_in_a_name_is_no_variable() -> None:
    file = ColorFile("blue.yml", {"services": {"web": {}}})

    assert "a$$b" in override(file, "web", "a$b", Color.BLUE)


def test_the_file_is_written_once_and_left_alone_while_it_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / ".bluegreen" / "compose.blue.json"
    write(path, "one\n")
    inode = path.stat().st_ino
    write(path, "one\n")
    same = path.stat().st_ino == inode
    write(path, "two\n")

    assert same
    assert path.read_bytes() == b"two\n"
    assert [each.name for each in path.parent.iterdir()] == ["compose.blue.json"]


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("web", "web"),
        ("web:1", "web"),
        ("registry:5000/team/web:1", "registry:5000/team/web"),
        ("registry:5000/web@sha256:00", "registry:5000/web"),
        ("team/web:1@sha256:00", "team/web"),
    ],
)
def test_an_image_is_called_the_same_whatever_its_tag(image: str, name: str) -> None:
    assert repository(image) == name
