"""Plain files in folders, each by its path below the folder, parted by "/"."""

import filecmp
import os
import shutil
from pathlib import Path

from bluegreen import failpoints
from bluegreen.static.union import folders_above
from bluegreen.system import platform

#: for nginx, which runs as another user
FILE_MODE, FOLDER_MODE = 0o644, 0o755


def paths_in(folder: Path) -> list[str]:
    """All files below it; none where it is not there."""
    return [
        (Path(place) / name).relative_to(folder).as_posix()
        for place, _, names in os.walk(folder)
        for name in names
    ]


def is_same(one: Path, other: Path) -> bool:
    """Whether both are files of the same content."""
    return other.is_file() and not other.is_symlink() and filecmp.cmp(one, other, shallow=False)


def put(source: Path, folder: Path, path: str, is_former: bool = False) -> None:
    """Afterwards the folder has that file, whoever reads meanwhile; a former one with the mode and time it had.

    A new file has a time of its own: by its time and size nginx says whether a browser has it already.
    """
    place, beside = folder / path, _beside(folder / path)
    _make_folders(folder, path)
    with failpoints.around("write static file"):
        (shutil.copy2 if is_former else shutil.copyfile)(source, beside)
        if not is_former:
            beside.chmod(FILE_MODE)
        platform.replace(beside, place)


def tidy(folder: Path, path: str) -> None:
    """Afterwards nothing is left of a `put` that was killed."""
    if (folder / path).parent.is_dir():
        platform.remove(_beside(folder / path))


def take_away(folder: Path, path: str) -> None:
    """Afterwards the folder has not that file, nor the folders above that have nothing else."""
    place = folder / path
    tidy(folder, path)
    with failpoints.around("delete static file"):
        if place.is_file() or place.is_symlink():
            platform.remove(place)
    for each in reversed(folders_above(path)):
        try:
            (folder / each).rmdir()
        except OSError:
            return  # something else is in there


def _beside(place: Path) -> Path:
    """Where a file is written before it takes its place."""
    return place.with_name(f".{place.name}.bluegreen")


def _make_folders(folder: Path, path: str) -> None:
    for each in ("", *folders_above(path)):
        place = folder / each
        if not place.is_dir():
            place.mkdir(parents=not each)
            place.chmod(FOLDER_MODE)
