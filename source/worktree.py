"""Writes a commit's files from the bare mirror into a folder."""

from pathlib import Path

from deployment import system
from source.command import Git


class Worktree:
    """Folders filled from one mirror. The index remembers which files of the workspace are git's."""

    def __init__(self, git: Git, index: Path) -> None:
        self.git = git
        self.index = index

    def create(self, commit: str, directory: Path) -> None:
        """Afterwards the directory is there, whole: it is written beside and renamed."""
        beside = directory.with_name(f".{directory.name}.new")
        index = self.index.with_name(f"{self.index.name}.new")
        system.remove(index)
        system.remove_tree(beside, system.PATIENCE)
        beside.mkdir(parents=True)
        self._read_tree(commit, beside, index)
        system.replace(beside, directory)
        system.remove(index)

    def force(self, commit: str, directory: Path) -> None:
        """Afterwards git's files in the directory are the commit's, and no other file was touched.

        A kill leaves some files of either commit. So the commit is noted first, and the next call completes it
        before it goes on: otherwise files that only this commit has would stay for ever as nobody's.
        """
        note = self.index.with_name(f"{self.index.name}.under-way")
        if not self.index.exists():
            self._take_over_clone(directory)
        interrupted = note.read_text() if note.exists() else commit
        if interrupted != commit:
            self._read_tree(interrupted, directory, self.index)
        note.write_text(commit)
        self._read_tree(commit, directory, self.index)
        system.remove(note)

    def _take_over_clone(self, directory: Path) -> None:
        """What a clone made by hand tracks counts as git's, so that a later commit may remove it."""
        if not (directory / ".git").exists():
            return
        own = self.git.run("--git-dir", str(directory / ".git"), "rev-parse", "--verify", "HEAD^{commit}")
        commit = own.text.strip()
        if own.status == 0 and self.git.run("cat-file", "-e", commit).status == 0:
            self.git.checked("read-tree", commit, GIT_INDEX_FILE=str(self.index))

    def _read_tree(self, commit: str, directory: Path, index: Path) -> None:
        self.git.checked(
            f"--work-tree={directory}",
            *("read-tree", "--reset", "-u", commit),
            cwd=directory,
            GIT_INDEX_FILE=str(index),
        )
