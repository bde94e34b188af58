"""Writes the files of one commit from the bare mirror."""

from pathlib import Path

from bluegreen.deployment.errors import CommandFailed, PhaseFailed
from bluegreen.source.command import Git
from bluegreen.system import platform

#: how git calls it that git-lfs has ended badly, or is not there
_LFS_FAILED = ("smudge filter lfs failed", "git-lfs filter-process")


def write(git: Git, index: Path, commit: str, folder: Path) -> None:
    """Afterwards the empty folder has them, but for those of submodules. `index` is git's notebook."""
    for left in (index, index.with_name(f"{index.name}.lock")):
        platform.remove(left)
    line = (f"--work-tree={folder}", "read-tree", "--reset", "-u", commit)
    try:
        git.checked(*line, cwd=folder, GIT_INDEX_FILE=str(index))
    except CommandFailed as error:
        if not any(words in error.saw for words in _LFS_FAILED):
            raise
        raise PhaseFailed(
            "files of the release lie in Git LFS, and git-lfs does not bring them",
            error.saw,
            "See that git-lfs is on the worker's PATH, that they were pushed (git lfs push --all), and that the "
            "worker's user can fetch them without being asked anything; then deploy again.",
        ) from None
