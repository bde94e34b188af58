"""A folder in which Compose reads a release: its tree, with what only the workspace has (`.env` and the like).

It is made of links and gone after the reading: what Compose has read there is then named where it really lies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system import platform
from bluegreen.system.locks import exclusive

#: so deep below the folder that is made that nobody's `../..` leads out of it
DEEP = "1/2/3/4/5/6/7/8"
#: git's own folder: nothing that Compose reads is there
GIT = ".git"


@contextmanager
def as_one(tree: Path, workspace: Path, folder: Path) -> Iterator[Path]:
    """Where both can be read within the block, made below the folder, which is nobody else's."""
    with exclusive(folder.with_suffix(".lock")):
        platform.remove_tree(folder)  # a killed worker's
        try:
            yield _made(tree, workspace, folder)
        finally:
            platform.remove_tree(folder)


def _made(tree: Path, workspace: Path, folder: Path) -> Path:
    # Compose may name the project after its folder
    place = folder / DEEP / (workspace.name or "root")
    try:
        folder.mkdir(mode=0o700)
        place.parent.mkdir(parents=True)
        _merge(tree, workspace, place)
    except OSError as error:
        raise PhaseFailed(f"a release cannot be laid out for Compose in {folder}: {error}") from error
    return place


def _merge(tree: Path, workspace: Path, place: Path) -> None:
    """What both have a folder for, and in it the workspace has more, is a folder there; all else is a link."""
    place.mkdir()
    for name in sorted(_names(tree)):
        if _has_more(tree / name, workspace / name):
            _merge(tree / name, workspace / name, place / name)
        else:
            platform.link(tree / name, place / name)
    for name in _only_there(tree, workspace):
        platform.link(workspace / name, place / name)


def _has_more(tree: Path, workspace: Path) -> bool:
    if not _is_folder(tree) or not _is_folder(workspace):
        return False
    return bool(_only_there(tree, workspace)) or any(
        _has_more(tree / name, workspace / name) for name in _names(tree)
    )


def _only_there(tree: Path, workspace: Path) -> list[str]:
    if not workspace.is_dir():
        return []
    return sorted(_names(workspace) - _names(tree) - {GIT})


def _names(folder: Path) -> set[str]:
    try:
        return {each.name for each in folder.iterdir()}
    except PermissionError:
        return set()  # such as a database's: Compose, which is our user's, could not read there either


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
