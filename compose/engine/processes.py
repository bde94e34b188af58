"""The processes of a container, by their ids on the Engine's host: read there, else asked of the Engine.

The Engine starts a `ps` for each question, which takes 20 to 30 ms, and a deployment asks four times. What only
the Engine can see is asked of it: Docker Desktop's machine, a remote host, a worker that is in a container itself.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docker.errors import APIError
from docker.models.containers import Container

from bluegreen.system import platform
from compose.engine.client import is_local

PROC = Path("/proc")


def titles_of(container: Container) -> dict[int, str]:
    """Process ids and titles of all that runs in the container."""
    here = dict(_here(str(container.id))) if platform.shares_network_with_docker() and is_local() else {}
    # where /proc hides other users' processes, its first one is not there
    return here if container.attrs["State"]["Pid"] in here else in_table(_top(container))


def in_table(top: Mapping[str, Any]) -> dict[int, str]:
    """The same from the Engine's process table."""
    # The columns depend on the `ps` of the Engine's host.
    titles = [title.upper() for title in top["Titles"]]
    pid = titles.index("PID")
    command = next(index for index, title in enumerate(titles) if title in ("CMD", "COMMAND", "ARGS"))
    # The title itself has spaces: where they were taken for columns, the rest belongs to it.
    return {int(row[pid]): " ".join(row[command:]) for row in top["Processes"] or ()}


def _here(container_id: str) -> Iterator[tuple[int, str]]:
    """Those of this host's processes whose control group is the container's; not those that have just ended."""
    for folder in PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            if container_id not in (folder / "cgroup").read_text():
                continue
            title = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if title:
            yield int(folder.name), title


def _top(container: Container) -> dict[str, Any]:
    try:
        return dict(container.top(ps_args="-efww"))
    except APIError:  # an Engine whose `ps` does not know -ww: titles may come cut short
        return dict(container.top())
