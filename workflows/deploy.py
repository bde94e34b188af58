"""A deployment as Celery sees it: seven phases in a chain, and a chain that undoes them as its error callback.

    checkout → determine_target → deploy_new_version → health_check → switch_traffic → verify_traffic
      → cleanup_old_version
    on error: restore_traffic → collect_logs → remove_new_version

The error callback is the fast path. What a killed worker leaves behind, `workflows.recovery` relaunches.
"""

import logging
from contextlib import suppress

from celery import Signature, chain
from kombu.exceptions import OperationalError

from bluegreen import failpoints
from bluegreen.deployment.errors import NotSent
from bluegreen.deployment.names import task_id
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import DEPLOY_PHASES, UNDO_PHASES, Phase
from bluegreen.store import keys
from bluegreen.store.refusals import StoreError
from tasks.app import app, task_name

log = logging.getLogger(__name__)


def deploy_chain(deployment: Deployment) -> Signature:
    """The canvas from the record's phase to the end, with the rollback chain as its error callback."""
    assert deployment.phase is not None, "a deployment that is over has no canvas"
    if deployment.phase.undoes:
        return rollback_chain(deployment, deployment.epoch)
    phases = DEPLOY_PHASES[DEPLOY_PHASES.index(deployment.phase) :]
    # The turn to rolling back raises the epoch by one: these are the messages of that epoch.
    return _chain(deployment, phases, deployment.epoch).on_error(rollback_chain(deployment, deployment.epoch + 1))


def rollback_chain(deployment: Deployment, epoch: int) -> Signature:
    """The undo phases, from the record's own one when it is rolling back already."""
    first = deployment.phase if deployment.phase and deployment.phase.undoes else UNDO_PHASES[0]
    return _chain(deployment, UNDO_PHASES[UNDO_PHASES.index(first) :], epoch)


def prepare() -> None:
    """Load and connect what a first message needs: 15 ms that no record waits for. `launch` reports problems."""
    app.finalize()
    _ = app.backend, app.amqp.send_task_message
    with suppress(OperationalError, StoreError), app.producer_or_acquire() as producer:
        producer.connection.connect()


def launch(deployment: Deployment) -> None:
    """Put the canvas into the queue of the record's installation.

    Its signatures are immutable: a message has names and a number, no results. Raises NotSent: what is recorded
    then is sent by a worker's sweep, which finds it without a message.
    """
    canvas = deploy_chain(deployment)
    try:
        with failpoints.around("launch"):
            canvas.apply_async(retry=False, root_id=task_id(deployment.id, 1, DEPLOY_PHASES[0]))
    except (OperationalError, StoreError) as error:
        raise NotSent(f"{deployment.id} is recorded, but could not be sent: {error}") from error


def launch_or_leave(deployment: Deployment) -> None:
    """Launch it; where that fails, leave it to the sweep that finds it without a message."""
    try:
        launch(deployment)
    except NotSent as error:
        log.warning("%s", error)


def _chain(deployment: Deployment, phases: tuple[Phase, ...], epoch: int) -> Signature:
    # chain() of one task is that task; a list of one keeps the type
    return chain([_message(deployment, phase, epoch) for phase in phases])


def _message(deployment: Deployment, phase: Phase, epoch: int) -> Signature:
    return app.signature(
        task_name(phase),
        (deployment.service, deployment.id, epoch),
        immutable=True,
        options={"queue": keys.queue(deployment.installation), "task_id": task_id(deployment.id, epoch, phase)},
    )
