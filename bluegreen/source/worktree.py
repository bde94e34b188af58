"""Writes a commit's files from the bare mirror into a folder."""

from pathlib import Path

from bluegreen.source import files, lfs, submodules
from bluegreen.source.command import Git
from bluegreen.system import platform


def create(git: Git, index: Path, commit: str, directory: Path) -> None:
    """Afterwards the directory is there, whole, submodules included: it is written beside and renamed.

    The index is git's notebook. PhaseFailed when a submodule cannot be had, or a file in Git LFS has not come.
    """
    beside = directory.with_name(f".{directory.name}.new")
    platform.remove_tree(beside, platform.PATIENCE)
    beside.mkdir(parents=True)
    files.write(git, index, commit, beside)
    submodules.put_in_place(git, index, commit, beside)
    lfs.check(git, beside)
    _let_all_read(beside)
    platform.replace(beside, directory)
    platform.remove(index)


def _let_all_read(folder: Path) -> None:
    """Who may reach the folder may read it, whatever our umask: in a container its files are another user's."""
    for each in (folder, *folder.rglob("*")):
        if not each.is_symlink():
            runs = each.is_dir() or each.stat().st_mode & 0o100
            each.chmod(0o755 if runs else 0o644)
