"""What the workspace has beside a release's files: a deployment reads there, and never writes."""

import filecmp
import os
from collections.abc import Collection, Iterator
from pathlib import Path

#: what is made again by whoever needs it
CACHES = {"__pycache__", ".git"}
#: files of which git is asked; more of them would say nothing else
ASKED = 50


def differing(tree: Path, workspace: Path, paths: Collection[Path], but: Collection[Path]) -> list[str]:
    """Files that git tracks at or below these paths of the workspace, and that are not the same there.

    `but`: those that somebody else writes.
    """
    found = set()
    for path in paths:
        if path.is_relative_to(workspace):
            found |= {each for each in _files(tree / path.relative_to(workspace)) if not each.is_symlink()}
    names = sorted(each.relative_to(tree) for each in found)
    return [
        each.as_posix()
        for each in names
        if workspace / each not in but and not _is_same(tree / each, workspace / each)
    ]


def only_there(tree: Path, workspace: Path, folder: Path) -> Iterator[str]:
    """Files of the workspace that the release has not, below the place of this folder of the release."""
    inner = folder.relative_to(tree)
    for each in _files(workspace / inner):
        name = each.relative_to(workspace)
        if not os.path.lexists(tree / name):
            yield name.as_posix()


def _is_same(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for where, folders, files in os.walk(path):
        folders[:] = [each for each in folders if each not in CACHES]
        yield from (Path(where, name) for name in files)
