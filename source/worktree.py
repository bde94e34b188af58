"""Writes a commit's files from the bare mirror into a folder."""

from pathlib import Path

from deployment import system
from source import lfs, submodules
from source.command import Git


def create(git: Git, index: Path, commit: str, directory: Path) -> None:
    """Afterwards the directory is there, whole, submodules included: it is written beside and renamed.

    The index is git's notebook. PhaseFailed when a submodule cannot be had, or a file in Git LFS has not come.
    """
    beside = directory.with_name(f".{directory.name}.new")
    for left in (index, index.with_name(f"{index.name}.lock")):
        system.remove(left)
    system.remove_tree(beside, system.PATIENCE)
    beside.mkdir(parents=True)
    line = (f"--work-tree={beside}", "read-tree", "--reset", "-u", commit)
    git.checked(*line, cwd=beside, GIT_INDEX_FILE=str(index))
    submodules.put_in_place(git, index, commit, beside)
    lfs.check(git, beside)
    _let_all_read(beside)
    system.replace(beside, directory)
    system.remove(index)


def _let_all_read(folder: Path) -> None:
    """Who may reach the folder may read it, whatever our umask: in a container its files are another user's."""
    for each in (folder, *folder.rglob("*")):
        if not each.is_symlink():
            runs = each.is_dir() or each.stat().st_mode & 0o100
            each.chmod(0o755 if runs else 0o644)
