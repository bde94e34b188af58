"""What a client without this package may ask for by a message, such as one with nothing but Flower's HTTP API.

A message carries names, checked here as the command checks them; what runs is in the config of the deploy host.
Any worker answers. A request that no worker takes in time expires: it must not fire days later.
"""

import logging
from typing import Any

from celery import Task

from deployment import freezes, workers
from deployment.deadline import STARTING_SECONDS
from deployment.errors import BlueGreenError, Busy, NotSent, UsageError
from deployment.record import Record
from deployment.refs import (
    checked_deployment,
    checked_reason,
    checked_ref,
    checked_requester,
    checked_service,
    checked_url,
)
from deployment.store import Store
from tasks import doors
from tasks.app import app
from workflows.deploy import launch

log = logging.getLogger(__name__)

#: seconds after which a question about a deployment is not worth an answer any more
QUESTION_SECONDS = 60


@app.task(bind=True, name="request.deploy", expires=STARTING_SECONDS, throws=(BlueGreenError,))  # type: ignore[untyped-decorator]
def request_deploy(
    self: Task,
    service: str,
    requested_by: str,
    ref: str | None = None,
    request_url: str | None = None,
    override_freeze: str | None = None,
) -> str:
    """Enqueue a deployment; its id. Raises UsageError, or Busy while another one is not finished.

    The same message delivered twice asks for one deployment.
    """
    freeze = workers.freeze_of(doors.store().redis, checked_service(service))
    why = None if override_freeze is None else checked_reason(override_freeze)
    fields: dict[str, Any] = {
        "ref": None if ref is None else checked_ref(ref),
        "request_url": None if request_url is None else checked_url(request_url),
        "request_id": self.request.id,
        "freeze_passed": freezes.passed(service, freeze, why),
    }
    return deploy_once(doors.store(), service, checked_requester(requested_by), fields).id


@app.task(name="request.abort", expires=STARTING_SECONDS, throws=(BlueGreenError,))  # type: ignore[untyped-decorator]
def request_abort(deployment: str, requested_by: str) -> str:
    """Ask a deployment to stop and roll back; its state. Asking one that is over changes nothing."""
    doors.store().request_abort(checked_deployment(deployment), checked_requester(requested_by))
    return str(_known(deployment).state)


@app.task(name="request.status", expires=QUESTION_SECONDS, throws=(BlueGreenError,))  # type: ignore[untyped-decorator]
def request_status(deployment: str) -> str:
    """How a deployment stands: its state, a colon, and why or where."""
    record = _known(checked_deployment(deployment))
    if record.error:
        return f"{record.state}: {record.error.what}"
    return f"{record.state}: {record.phase or f'after {record.seconds:.1f} s'}"


def deploy_once(store: Store, service: str, requested_by: str, fields: dict[str, Any]) -> Record:
    """The deployment of this request, made now unless an earlier delivery of its message has made it."""
    if earlier := _earlier(store, service, fields["request_id"]):
        return earlier
    queue = workers.queue_of(store.redis, service)
    try:
        record = store.create(service, requested_by, **fields)
    except Busy:
        if earlier := _earlier(store, service, fields["request_id"]):
            return earlier  # made in between
        raise
    try:
        launch(record, queue)
    except NotSent as error:
        log.warning("%s", error)
    return record


def _earlier(store: Store, service: str, request_id: str | None) -> Record | None:
    return next((each for each in store.history(service) if each.request_id == request_id), None)


def _known(deployment: str) -> Record:
    record = doors.store().get(deployment)
    if record is None:
        raise UsageError(f"there is no deployment {deployment!r}")
    return record
