"""What the `bluegreen` command runs first: it has Python find our own package, whatever lies on PYTHONPATH.

A project's `bluegreen.py` there would be found before what is installed; one of this module's name is not likely.
"""

import sys
from pathlib import Path


def main() -> None:
    """Run the command."""
    path = list(sys.path)
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from bluegreen.__main__ import main as command

    sys.path[:] = path
    command()


if __name__ == "__main__":
    main()
