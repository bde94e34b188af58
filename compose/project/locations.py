"""Where a file or folder is that a release's compose file names: with the release, or in the workspace."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: files that stand for an empty folder, which git cannot track: the folder is the workspace's
STAND_INS = {".gitkeep", ".gitignore", ".keep", ".empty", ".placeholder"}


@dataclass(frozen=True)
class Locations:
    """The folder in which Compose has read, and what was to be seen in it."""

    read_in: Path
    tree: Path
    workspace: Path
    #: what else is below this folder was named by a path that leads out of the workspace
    root: Path

    def of(self, path: str) -> str:
        """What git tracks, or something below it, is in the release's tree; anything else in the workspace."""
        inner = self._inner(Path(path))
        if inner is None:
            return path
        in_tree = self.tree / inner
        return str(in_tree if ".." not in inner.parts and is_tracked(in_tree) else _joined(self.workspace, inner))

    def _inner(self, path: Path) -> Path | None:
        """The path from the workspace on; None for one that was named absolutely, and lies elsewhere."""
        if path.is_relative_to(self.root):
            return Path(os.path.relpath(path, self.read_in))
        return path.relative_to(self.workspace) if path.is_relative_to(self.workspace) else None


def is_tracked(path: Path) -> bool:
    """Whether a release has this file, or this folder with more than what stands for an empty one."""
    if path.is_dir() and not path.is_symlink():
        return any(each.name not in STAND_INS for each in files_in(path))
    return os.path.lexists(path)


def files_in(folder: Path) -> Iterator[Path]:
    """All files below it, links included."""
    for where, folders, files in os.walk(folder):
        yield from (Path(where, name) for name in files)
        yield from (each for name in folders if (each := Path(where, name)).is_symlink())


def _joined(folder: Path, inner: Path) -> Path:
    return Path(os.path.normpath(folder / inner))
