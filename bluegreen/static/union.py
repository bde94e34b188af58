"""Which file is served under which path, where several releases have files. Pure."""

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate


def union(layers: Sequence[tuple[str, Collection[str]]]) -> dict[str, str]:
    """The name of the layer that each path comes from: the first one that has it.

    A layer is a name with its paths, parted by "/". Where one layer has a file and a later one has a folder of
    that path, or the other way around, the file or folder of the first one counts.
    """
    chosen: dict[str, str] = {}
    folders: set[str] = set()
    for name, paths in layers:
        for path in sorted(paths):
            above = folders_above(path)
            if path not in chosen and path not in folders and chosen.keys().isdisjoint(above):
                chosen[path] = name
                folders.update(above)
    return chosen


def folders_above(path: str) -> list[str]:
    """Those that a path lies in, the outermost first."""
    return list(accumulate(path.split("/")[:-1], lambda folder, part: f"{folder}/{part}"))


def gone(before: Collection[str], wanted: Mapping[str, str]) -> list[str]:
    """The paths that are wanted no more."""
    return sorted(set(before) - wanted.keys())
