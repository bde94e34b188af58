"""Ends a colour's processes: a polite signal to each, time to finish, then the hard one."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.processes import children, finding, state_file

#: seconds between two looks at processes that are ending
POLL = 0.02
#: seconds that the system has to take a killed process away
GONE_WITHIN = 10.0


def end(path: Path, grace: float, cancellation: Cancellation) -> None:
    """Afterwards nothing of the colour runs, its children included. Raises PhaseFailed when it cannot be ended.

    On Windows the polite signal is a hard one: a Ctrl-Break does not reach its console.
    """
    members = find_all(path)
    if not members:
        return
    cancellation.check()
    with failpoints.around("terminate"):
        for process in members:
            _signal(process.terminate)
    if _are_gone(members, grace, cancellation):
        # what a dying parent left behind, or spawned meanwhile
        members = find_all(path)
    deadline = time.monotonic() + GONE_WITHIN
    while members:
        cancellation.check()
        for process in members:
            _signal(process.kill)
        _are_gone(members, GONE_WITHIN, cancellation)
        members = find_all(path)
        if members and time.monotonic() > deadline:
            raise PhaseFailed(
                f"process {members[0].pid} does not end, not even when killed",
                advice="Does it belong to another user, or hang in the kernel? End it by hand.",
            )


def find_all(path: Path) -> list[psutil.Process]:
    """All that runs for the colour: the recorded process, all that carry its mark, and their families."""
    root = finding.recorded(path, state_file.load(path))
    found = {*finding.marked(path), *([root] if root else [])}
    for each in finding.tops(found):
        found.update(finding.family(each))
    return list(found)


def _are_gone(processes: list[psutil.Process], seconds: float, cancellation: Cancellation) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        children.reap()
        if not any(finding.is_alive(each) for each in processes):
            return True
        if time.monotonic() > deadline:
            return False
        cancellation.pause(POLL)


def _signal(send: Callable[[], None]) -> None:
    """What has ended already needs no signal; who may not be signalled is found out by waiting."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        send()
