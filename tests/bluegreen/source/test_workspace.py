"""A release beside the workspace: what differs, and what in the workspace git has never known."""

import pytest

from bluegreen.source import git
from bluegreen.source.workspace import differing, only_there

pytestmark = pytest.mark.real


def write(folder, **texts):
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_conf", ".conf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_files_that_differ_or_are_missing_are_named_and_those_of_others_are_not(tmp_path):
    same = {"nginx__same_conf": "1", "nginx__upstream_conf": "ours", "app": "1"}
    tree = write(tmp_path / "tree", **same, nginx__new_conf="1", nginx__site_conf="new", nginx__file__x="1")
    workspace = write(tmp_path / "workspace", **same | {"nginx__upstream_conf": "rendered", "app": "2"})
    write(workspace, nginx__site_conf="old", nginx__untracked_conf="1", nginx__file="a file here")

    paths = [workspace / "nginx", workspace / "nginx" / "site.conf", tmp_path / "elsewhere"]
    named = differing(tree, workspace, paths, [workspace / "nginx" / "upstream.conf"])

    assert named == ["nginx/file/x", "nginx/new.conf", "nginx/site.conf"]


def test_what_only_the_workspace_has_is_found_below_a_folder_alone(tmp_path):
    tree = write(tmp_path / "tree", data__schema="1", other="1")
    workspace = write(tmp_path / "workspace", data__schema="2", data__rows="1", env="1")
    write(workspace / "data" / "__pycache__", x="")

    assert list(only_there(tree, workspace, tree / "data")) == ["data/rows"]
    assert sorted(only_there(tree, workspace, tree)) == ["data/rows", "env"]


def test_a_file_of_a_former_release_is_git_s_and_a_user_s_is_nobody_s(service, upstream, cancellation, workspace):
    upstream.commit({"data/old [1].py": "1", "data/schema.sql": "1"})
    commit = upstream.commit({"data/schema.sql": "2"})
    git.checkout("hello", service, None, cancellation)
    folder = service.releases_folder / commit / "data"
    write(workspace, **{"data__old [1].py": "1"})
    assert git.of_nobody("hello", service, folder, cancellation) is None

    write(workspace, **{"data__db.sqlite3": "rows"})

    assert git.of_nobody("hello", service, folder, cancellation) == "data/db.sqlite3"
    assert git.of_nobody("hello", service, folder.parent, cancellation) == "data/db.sqlite3"
