"""Runs a release's migrations: once, in a one-off container of the new image, with a log and an end of its own.

The container outlives a worker that is killed, and its name is the deployment's: the next worker finds it and
waits for it, so that no migration runs beside itself. It is kept until the record says that they have run.
"""

import contextlib
import time

from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import AbortRequested, CommandFailed, MigrationFailed, PhaseFailed, Superseded
from compose.engine.client import engine
from compose.printed import printed
from compose.project import commands
from compose.project.color_project import ColorProject, Wanted

#: seconds between two looks at the running container
POLL = 0.2


def migrate(
    project: ColorProject, wanted: Wanted, command: tuple[str, ...], timeout: float, cancellation: Cancellation
) -> str:
    """What the command printed, once it has ended with status 0; its container is kept. PhaseFailed otherwise."""
    name = f"{_prefix(project)}{wanted.deployment_id}"
    with engine() as client:
        try:
            found = _left_behind(client, name)
            if found is None:
                _begin(project, commands.run_once(project.own, name, command), wanted, timeout, cancellation)
                found = client.containers.get(name)
            _wait(found, timeout, cancellation)
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
    what = f"the migrations failed: {' '.join(command)} ended with status {status}"
    raise MigrationFailed(what, log[-4000:].strip())


def _begin(
    project: ColorProject, arguments: list[str], wanted: Wanted, timeout: float, cancellation: Cancellation
) -> None:
    try:
        project.change("run", arguments, wanted, timeout, cancellation)
    except CommandFailed as failed:
        raise PhaseFailed(
            "the migrations could not be started",
            failed.saw or failed.what,
            "None of them has run. Correct migrate.command, or what is named above, and deploy again.",
        ) from failed


def forget(project: ColorProject, cancellation: Cancellation) -> None:
    """Afterwards there is no container of any deployment's migrations on this colour."""
    with engine() as client, failpoints.around("forget migrations"):
        for each in client.containers.list(
            all=True, filters={"name": f"^/{_prefix(project)}"}, ignore_removed=True
        ):
            cancellation.check()
            with contextlib.suppress(NotFound):
                each.remove(force=True)


def _prefix(project: ColorProject) -> str:
    return f"{project.name}-migrate-"


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


def _wait(container: Container, timeout: float, cancellation: Cancellation) -> None:
    deadline = time.monotonic() + timeout
    while container.status in ("created", "running", "restarting", "paused"):
        if time.monotonic() > deadline:
            log = printed(container, 20).strip()
            raise MigrationFailed(f"the migrations did not end within {timeout:g} s", log)
        cancellation.pause(POLL)
        container.reload()
