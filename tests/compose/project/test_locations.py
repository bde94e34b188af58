"""Where a file is that a release's compose file names."""

from pathlib import Path

import pytest

from compose.project.locations import Locations
from compose.project.view import DEEP

pytestmark = pytest.mark.unit


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def locations(tmp_path: Path) -> Locations:
    tracked = ("app.py", "static/site.css", "uploads/.gitkeep", "deep/er/file")
    tree = write(tmp_path / "tree", *tracked)
    workspace = write(tmp_path / "workspace", *tracked, ".env", "uploads/photo", "data/db")
    root = tmp_path / "reading"
    return Locations(root / DEEP, tree, workspace, root)


@pytest.mark.parametrize("name", ["", "app.py", "static", "static/site.css", "deep"])
def test_what_git_tracks_is_the_releases(locations: Locations, name: str) -> None:
    assert locations.of(str(locations.read_in / name)) == str(locations.tree / name)
    assert locations.of(str(locations.workspace / name)) == str(locations.tree / name)


@pytest.mark.parametrize("name", [".env", "data", "data/db", "not-there-yet", "uploads", "uploads/photo"])
def test_what_git_does_not_track_is_the_workspaces(locations: Locations, name: str) -> None:
    """A folder of which git tracks nothing but a stand-in holds what users have put there."""
    assert locations.of(str(locations.read_in / name)) == str(locations.workspace / name)


def test_a_path_that_leads_out_of_the_workspace_begins_there(locations: Locations) -> None:
    for up in ("../shared", "../../shared"):
        found = locations.of(str((locations.read_in / up).resolve()))
        assert found == str((locations.workspace / up).resolve())


@pytest.mark.parametrize("path", ["/var/run/docker.sock", "/etc/localtime", "https://host/repository.git"])
def test_any_other_path_stays_as_it_is(locations: Locations, path: str) -> None:
    assert locations.of(path) == path
