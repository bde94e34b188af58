"""Whether files that lie in Git LFS have come: without git-lfs, git writes a pointer of a few lines for each."""

from pathlib import Path

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.source.command import Git

#: the newest, and what git-lfs itself still reads
_FIRST_LINES = tuple(
    f"version {each}\n".encode()
    for each in (
        "https://git-lfs.github.com/spec/v1",
        "https://hawser.github.com/spec/v1",
        "http://git-media.io/v/2",
    )
)
#: bytes that a pointer may have
LONGEST = 1024
#: files named in an error
SHOWN = 5


def check(git: Git, folder: Path) -> None:
    """Raise PhaseFailed when a file of the folder is the pointer of one that Git LFS has."""
    pointers = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if _is_pointer(each))
    # A text that only reads like one, in a test say, is not LFS's affair.
    lacking = [each for each in pointers if _is_filtered(git, folder, each)]
    if lacking:
        more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
        raise PhaseFailed(
            f"{len(lacking)} files of the release lie in Git LFS, and have not come",
            f"only their pointers are there: {', '.join(lacking[:SHOWN])}{more}",
            "Install git-lfs on this host, on the worker's PATH (Debian: apt install git-lfs), and deploy again. "
            "Where it is installed: let no lfs.fetchexclude of the repository leave them out.",
        )


def _is_pointer(path: Path) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LONGEST:
        return False
    return path.read_bytes().startswith(_FIRST_LINES)


def _is_filtered(git: Git, folder: Path, name: str) -> bool:
    attributes = git.checked(f"--work-tree={folder}", "check-attr", "-z", "filter", "--", name, cwd=folder)
    return attributes.split("\0")[2:3] == ["lfs"]
