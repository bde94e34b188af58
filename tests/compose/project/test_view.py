"""A release and the workspace as one folder, for as long as Compose reads."""

import sys
from pathlib import Path

import pytest

from compose.project.view import as_one

pytestmark = [
    pytest.mark.unit,
    pytest.mark.skipif(sys.platform == "win32", reason="Wine makes no junctions"),
]


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def texts(folder: Path) -> dict[str, str]:
    """What can be read there, through links to folders too."""
    found: dict[str, str] = {}
    for each in sorted(folder.iterdir()):
        below = texts(each) if each.is_dir() else {"": each.read_text()}
        found |= {f"{each.name}/{name}".rstrip("/"): text for name, text in below.items()}
    return found


def test_the_release_comes_first_and_the_workspace_has_the_rest(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", compose="new", sub__compose="new", only__tracked="new", gone="a file now")
    workspace = write(
        tmp_path / "ws", compose="old", env="1", sub__env="2", data__db="3", gone__x="", **{".git__x": ""}
    )

    with as_one(tree, workspace, tmp_path / "view") as folder:
        seen = texts(folder)
        linked = (folder / "only").is_symlink() and (folder / "data").is_symlink()

    assert linked, "only where both have something is there more than a link"
    assert seen == {
        "compose": "new",
        "sub/compose": "new",
        "only/tracked": "new",
        "gone": "a file now",
        "env": "1",
        "sub/env": "2",
        "data/db": "3",
    }
    assert not (tmp_path / "view").exists()
    assert texts(tree)["only/tracked"] == "new" and texts(workspace)["data/db"] == "3"


def test_what_a_killed_worker_has_left_is_gone_first(tmp_path: Path) -> None:
    tree, workspace = write(tmp_path / "tree", a="1"), write(tmp_path / "ws", b="2")
    write(tmp_path / "view", stale="x")

    with as_one(tree, workspace, tmp_path / "view") as folder:
        assert texts(folder) == {"a": "1", "b": "2"}
        assert texts(tmp_path / "view").keys() == {
            f"{folder.relative_to(tmp_path / 'view')}/{name}" for name in "ab"
        }


def test_a_workspace_that_is_not_there_has_nothing_more(tmp_path: Path) -> None:
    with as_one(write(tmp_path / "tree", a="1"), tmp_path / "nowhere", tmp_path / "view") as folder:
        assert texts(folder) == {"a": "1"}
