"""Where a file is that a release's compose file names."""

from pathlib import Path

import pytest

from compose.project.locations import Places
from compose.project.view import DEEP

pytestmark = pytest.mark.unit


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def places(tmp_path: Path) -> Places:
    tracked = ("app.py", "static/site.css", "uploads/.gitkeep", "deep/er/file")
    tree = write(tmp_path / "tree", *tracked)
    workspace = write(tmp_path / "workspace", *tracked, ".env", "uploads/photo", "data/db")
    root = tmp_path / "reading"
    return Places(root / DEEP, tree, workspace, root)


@pytest.mark.parametrize("name", ["", "app.py", "static", "static/site.css", "deep"])
def test_what_git_tracks_is_the_releases(places: Places, name: str) -> None:
    assert places.of(str(places.read_in / name)) == str(places.tree / name)
    assert places.of(str(places.workspace / name)) == str(places.tree / name)


@pytest.mark.parametrize("name", [".env", "data", "data/db", "not-there-yet", "uploads", "uploads/photo"])
def test_what_git_does_not_track_is_the_workspaces(places: Places, name: str) -> None:
    """A folder of which git tracks nothing but a stand-in holds what users have put there."""
    assert places.of(str(places.read_in / name)) == str(places.workspace / name)


def test_a_path_that_leads_out_of_the_workspace_begins_there(places: Places) -> None:
    for up in ("../shared", "../../shared"):
        found = places.of(str((places.read_in / up).resolve()))
        assert found == str((places.workspace / up).resolve())


@pytest.mark.parametrize("path", ["/var/run/docker.sock", "/etc/localtime", "https://host/repository.git"])
def test_any_other_path_stays_as_it_is(places: Places, path: str) -> None:
    assert places.of(path) == path
