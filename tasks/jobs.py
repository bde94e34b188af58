"""Runs a job of a deployment: where it was said, with what it printed among the deployment's events."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from bluegreen.deployment.errors import JobFailed
from bluegreen.deployment.event import EventKind
from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release
from bluegreen.processes import command_line
from bluegreen.processes.job import run as run_program
from bluegreen.settings import release_folder
from bluegreen.system import environment
from bluegreen.traffic.site import Site
from tasks.context import PhaseContext

#: characters of its output that an error shows; the events have all that is kept
SHOWN = 4000

#: with the release, in its image or as its process; or on the deploy host
Where = Literal["release", "host"]


def expect_program(site: Site, command: Sequence[str], where: Where, release: Release | None) -> None:
    """Raise PhaseFailed where the command's program is not on this host; what an image has is not known here.

    Without a release, nor is what a checkout brings.
    """
    service, first = site.settings, command[0]
    if (service.compose and where == "release") or "{" in first:
        return
    comes_later = service.source and release is None
    if comes_later and not Path(first).is_absolute() and ("/" in first or "\\" in first):
        return
    folder = service.workspace if comes_later or release is None else _folder(site, release)
    configured = service.processes.env if service.processes and where == "release" else {}
    command_line.program(first, folder, _environment(configured, {}).get("PATH"))


def run_job(context: PhaseContext, job: Job, where: Where = "release") -> str:
    """What it printed, at its good end. JobFailed when that is a bad one; PhaseFailed when it cannot begin."""
    try:
        log = _run_on_host(context, job) if where == "host" else _run_with_release(context, job)
    except JobFailed as failed:
        _keep(context, failed.saw)
        raise
    _keep(context, log)
    return log


def _run_with_release(context: PhaseContext, job: Job) -> str:
    assert context.deployment.release is not None, "checkout comes first"
    return context.runtime.run_job(job, context.target, context.deployment.release, context.deployment.id, context)


def _run_on_host(context: PhaseContext, job: Job) -> str:
    """In the release's folder, with the worker's environment."""
    assert context.deployment.release is not None, "checkout comes first"
    folder, variables = _folder(context.site, context.deployment.release), _environment({}, job.variables)
    program = command_line.program(job.command[0], folder, variables.get("PATH"))
    return run_program(job, [program, *job.command[1:]], folder, variables, context)


def _folder(site: Site, release: Release) -> Path:
    return release_folder.folder_of(site.name, site.settings, release)


def _environment(configured: Mapping[str, str], ours: Mapping[str, str]) -> dict[str, str]:
    return command_line.environment_of(environment.inherited(), configured, ours)


def _keep(context: PhaseContext, log: str) -> None:
    if text := log.strip():
        context.add_event(EventKind.LOGS, text=text)
