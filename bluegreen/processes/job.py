"""Runs a job as a program of this host: to its end, with nothing of it left afterwards."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import CommandFailed, JobFailed
from bluegreen.deployment.job import Job
from bluegreen.system import programs
from bluegreen.system.log_lines import MOST


def run(
    job: Job, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], cancellation: Cancellation
) -> str:
    """What it printed; JobFailed when its end is a bad one. `arguments`: its command as this host has it."""
    cancellation.check()
    with failpoints.around(job.name), programs.nothing_left():
        try:
            output = programs.run(
                arguments,
                timeout=job.timeout,
                cwd=folder,
                env=environment,
                cancellation=cancellation,
                shown=MOST,
            )
        except CommandFailed as failed:
            if failed.advice:
                raise  # it has not run
            raise JobFailed(f"{job.label} did not end within {job.timeout:g} s", failed.saw) from failed
    if output.status != 0:
        what = f"{job.label} failed: {' '.join(job.command)} ended with status {output.status}"
        raise JobFailed(what, output.text.strip())
    return output.text
