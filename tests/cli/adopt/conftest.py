"""A project on the real Engine, gone afterwards."""

import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.cli.adopt.project import Project
from tests.compose.conftest import engine, images, name, remove_all

__all__ = ["engine", "images", "name"]


@pytest.fixture
def project(
    engine: docker.DockerClient, images: dict[str, str], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    """Its folder is empty yet; the state folder is one of the test's own."""
    folder = tmp_path / "site"
    folder.mkdir()
    project = Project(folder, name, images)
    project.env |= {"STATE_DIRECTORY": str(tmp_path / "state"), "PATH": os.environ["PATH"]}
    yield project
    remove_all(engine, name)
