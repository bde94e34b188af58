"""The way in: sees to it that the program runs its own code, whatever lies where it is called."""

import os
import site
import sys
from collections.abc import Iterable
from pathlib import Path

#: the folder in which our packages lie
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Run the command. A project's `tasks`, `compose` or `celeryconfig` is never taken for ours."""
    sys.path[:] = own_path(sys.path, os.environ.get("PYTHONPATH", ""))
    from cli.main import main as command

    command()


def own_path(path: Iterable[str], python_path: str) -> list[str]:
    """Where to import from: what is installed, and our own folder; neither PYTHONPATH nor the current folder.

    The variable stays in the environment: programs that we start may need it. Nor this file's own folder, which
    Python puts first where it is run as a script, as a restarted worker is: its `http` is not Python's.
    """
    folders = (*site.getsitepackages(), str(Path(os.__file__).parent), str(ROOT))
    installed = {os.path.realpath(each) for each in folders}
    here = str(Path(__file__).parent)
    foreign = {os.path.realpath(each) for each in ("", here, *python_path.split(os.pathsep))} - installed
    kept = [each for each in path if os.path.realpath(each) not in foreign]
    is_there = any(os.path.realpath(each) == str(ROOT) for each in kept)
    return kept if is_there else [str(ROOT), *kept]


if __name__ == "__main__":
    main()
