"""What is laid over the user's compose file."""

import json
from pathlib import Path
from typing import Any

import pytest

from compose.colorfile import ColorFile
from compose.override import override, write
from deployment.states import Color

pytestmark = pytest.mark.unit


def services(images: dict[str, str], **definitions: Any) -> dict[str, Any]:
    file = ColorFile("blue.yml", {"services": definitions})
    return dict(json.loads(override(file, "Test", Color.BLUE, images))["services"])


def test_every_service_is_labelled_with_what_it_belongs_to_and_asks_no_registry() -> None:
    assert services({}, web={"build": {"context": "."}}, redis={"image": "redis"})["redis"] == {
        "labels": {
            "bluegreen.service": "Test",
            "bluegreen.color": "blue",
            "bluegreen.deployment": "${BLUEGREEN_DEPLOYMENT}",
            "bluegreen.release": "${BLUEGREEN_RELEASE}",
        },
        "pull_policy": "never",
    }


def test_what_has_an_image_of_the_release_runs_that_one() -> None:
    web = {"image": "app:latest", "pull_policy": "always"}
    laid = services({"web": "test:r1"}, web=web, redis={"image": "redis"})

    assert (laid["web"]["image"], laid["web"]["pull_policy"]) == ("test:r1", "never")
    assert "image" not in laid["redis"]


def test_a_dollar_in_a_name_is_no_variable() -> None:
    file = ColorFile("blue.yml", {"services": {"web": {}}})

    assert "a$$b" in override(file, "a$b", Color.BLUE, {})


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
