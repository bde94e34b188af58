"""Runs a job of a release, such as its migrations: in a one-off container of its image, with a log and an end.

The container outlives a worker that is killed, and its name is the deployment's: the next worker finds it and
waits for it, so that no job runs beside itself. It is kept until the record says that the job has run.
"""

import contextlib
import time

from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import AbortRequested, CommandFailed, JobFailed, PhaseFailed, Superseded
from bluegreen.deployment.job import Job
from compose.engine.client import engine
from compose.printed import printed
from compose.project import commands
from compose.project.color_project import ColorProject, Wanted

#: seconds between two looks at the running container
POLL = 0.2


def run(project: ColorProject, wanted: Wanted, job: Job, cancellation: Cancellation) -> str:
    """What the job printed, once it has ended with status 0; its container is kept. JobFailed otherwise."""
    name = f"{_prefix(project)}{job.name}-{wanted.deployment_id}"
    with engine() as client:
        try:
            found = _left_behind(client, name)
            if found is None:
                _begin(project, name, wanted, job, cancellation)
                found = client.containers.get(name)
            _wait(found, job, cancellation)
        except Superseded:
            raise  # the container is another worker's now
        except BaseException as error:
            if not isinstance(error, AbortRequested):
                cancellation.check()  # frozen for long, we may be the last to know that a successor waits for it
            with contextlib.suppress(NotFound):
                client.containers.get(name).remove(force=True)
            raise
        log = printed(found)
        status = found.attrs["State"]["ExitCode"]
        if status == 0:
            return log
        cancellation.check()
        found.remove(force=True)
    raise JobFailed(f"{job.label} failed: {' '.join(job.command)} ended with status {status}", log.strip())


def _begin(project: ColorProject, name: str, wanted: Wanted, job: Job, cancellation: Cancellation) -> None:
    try:
        arguments = commands.run_once(project.own, name, job)
        project.change("run", arguments, wanted, job.timeout, cancellation)
    except CommandFailed as failed:
        raise PhaseFailed(
            f"{job.label} could not be started",
            failed.saw or failed.what,
            "Nothing of the command has run. Correct it, or what is named above, and deploy again.",
        ) from failed


def forget(project: ColorProject, cancellation: Cancellation, named: str = "") -> None:
    """Afterwards there is no container of any deployment's jobs on this colour whose name begins so."""
    with engine() as client, failpoints.around("forget jobs"):
        for each in client.containers.list(
            all=True, filters={"name": f"^/{_prefix(project)}{named}"}, ignore_removed=True
        ):
            cancellation.check()
            with contextlib.suppress(NotFound):
                each.remove(force=True)


def _prefix(project: ColorProject) -> str:
    return f"{project.name}-job-"


def _left_behind(client: DockerClient, name: str) -> Container | None:
    """The container of an attempt whose worker was killed; one that never started counts for nothing."""
    try:
        found = client.containers.get(name)
    except NotFound:
        return None
    if found.status == "created":
        found.remove(force=True)
        return None
    return found


def _wait(container: Container, job: Job, cancellation: Cancellation) -> None:
    deadline = time.monotonic() + job.timeout
    while container.status in ("created", "running", "restarting", "paused"):
        if time.monotonic() > deadline:
            raise JobFailed(f"{job.label} did not end within {job.timeout:g} s", printed(container).strip())
        cancellation.pause(POLL)
        container.reload()
