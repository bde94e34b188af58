"""A colour's process as the phases want to see it."""

from datetime import UTC, datetime
from pathlib import Path

import psutil

from bluegreen.deployment.runtime import Instance
from bluegreen.processes import children, finding
from bluegreen.processes.state_file import ProcessState


def found(path: Path) -> Instance:
    """What the state file at this path, and the host's processes, say of the colour."""
    process, state = finding.current(path)
    return _running(process, state) if process and state else _ended(state)


def _running(process: psutil.Process, state: ProcessState) -> Instance:
    return Instance(
        running=True,
        deployment_id=state.deployment_id,
        release=state.release,
        described=f"process {process.pid}",
        started=datetime.fromtimestamp(process.create_time(), UTC),
    )


def _ended(state: ProcessState | None) -> Instance:
    if state is None:
        return Instance(running=False)
    if state.pid is None or state.created is None:
        return Instance(False, state.deployment_id, state.release, described="nothing (its start was interrupted)")
    code = children.exit_code(state.pid, state.created)
    how = "ended" if code is None else f"ended, exit code {code}"
    described = f"process {state.pid} ({how})"
    return Instance(False, state.deployment_id, state.release, code, described, started=state.started)
