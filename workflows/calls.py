"""Celery tasks by which a client without this package asks, such as one with nothing but Flower's HTTP API.

They ask as the command does, and wait for the answer. Any worker may have such a message in hand; the workers of
the installation where the service lives act upon it. One that no worker takes in time expires.
"""

from uuid import NAMESPACE_OID, uuid5

from celery import Task

from bluegreen.deployment.deadline import STARTING_SECONDS
from bluegreen.deployment.errors import BlueGreenError, UsageError
from bluegreen.deployment.names import checked_deployment
from bluegreen.deployment.record import Deployment
from bluegreen.store import requests, workers
from bluegreen.store.requests import Abort, Deploy, Kind, Promote
from tasks.app import app

#: seconds after which a question about a deployment is not worth an answer any more
QUESTION_SECONDS = 60
#: the same for a promotion: whoever asked has looked at the new version just now
PROMOTION_SECONDS = 60


@app.task(bind=True, name="request.deploy", expires=STARTING_SECONDS, throws=(BlueGreenError,))  # type: ignore[untyped-decorator]
def request_deploy(
    self: Task,
    service: str,
    requested_by: str,
    ref: str | None = None,
    request_url: str | None = None,
    override_freeze: str | None = None,
    override_live_check: str | None = None,
    hold: bool = False,
) -> str:
    """Ask for a deployment; its id. Raises UsageError, or Busy while another one is not finished.

    The same message delivered twice asks for one deployment.
    """
    asked = Deploy(
        service=service,
        requested_by=requested_by,
        ref=ref,
        request_url=request_url,
        why=override_freeze,
        live_check=override_live_check,
        hold=bool(hold),
    )
    asked.check()
    redis = app.store.redis
    return requests.ask(redis, workers.serving(redis, service).id, Kind.DEPLOY, asked, _request(self))


@app.task(bind=True, name="request.abort", expires=STARTING_SECONDS, throws=(BlueGreenError,))  # type: ignore[untyped-decorator]
def request_abort(self: Task, deployment: str, requested_by: str) -> str:
    """Ask a deployment to stop and roll back; its state. Asking one that is over changes nothing."""
    asked = Abort(deployment_id=deployment, requested_by=requested_by)
    asked.check()
    where = _require(deployment).installation
    return str(_require(requests.ask(app.store.redis, where, Kind.ABORT, asked, _request(self))).state)


@app.task(bind=True, name="request.promote", expires=PROMOTION_SECONDS, throws=(BlueGreenError,))  # type: ignore[untyped-decorator]
def request_promote(
    self: Task, deployment: str, requested_by: str, message: str | None = None, override_freeze: str | None = None
) -> str:
    """Have a deployment go on that waits for that; its state. Raises UsageError where it does not wait."""
    asked = Promote(deployment_id=deployment, requested_by=requested_by, message=message, why=override_freeze)
    asked.check()
    where = _require(deployment).installation
    return str(_require(requests.ask(app.store.redis, where, Kind.PROMOTE, asked, _request(self))).state)


@app.task(name="request.status", expires=QUESTION_SECONDS, throws=(BlueGreenError,))  # type: ignore[untyped-decorator]
def request_status(deployment: str) -> str:
    """How a deployment stands: its state, a colon, and why or where."""
    record = _require(checked_deployment(deployment))
    if record.error:
        return f"{record.state}: {record.error.what}"
    return f"{record.state}: {record.phase or f'after {record.seconds:.1f} s'}"


def _request(task: Task) -> str:
    """The id of the request: the message's own, which whoever sends it may choose."""
    return uuid5(NAMESPACE_OID, str(task.request.id)).hex


def _require(deployment: str) -> Deployment:
    record = app.store.get(deployment)
    if record is None:
        raise UsageError(f"there is no deployment {deployment!r}")
    return record
