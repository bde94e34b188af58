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
from bluegreen.deployment.record import Record
from bluegreen.deployment.states import DEPLOY_PHASES, UNDO_PHASES, Phase
from bluegreen.store import keys
from bluegreen.store.refusals import StoreError
from tasks.app import app, task_name

log = logging.getLogger(__name__)


def deploy_chain(record: Record) -> Signature:
    """The canvas from the record's phase to the end, with the rollback chain as its error callback."""
    assert record.phase is not None, "a deployment that is over has no canvas"
    if record.phase.undoes:
        return rollback_chain(record, record.epoch)
    phases = DEPLOY_PHASES[DEPLOY_PHASES.index(record.phase) :]
    # The turn to rolling back raises the epoch by one: these are the messages of that epoch.
    return _chain(record, phases, record.epoch).on_error(rollback_chain(record, record.epoch + 1))


def rollback_chain(record: Record, epoch: int) -> Signature:
    """The undo phases, from the record's own one when it is rolling back already."""
    first = record.phase if record.phase and record.phase.undoes else UNDO_PHASES[0]
    return _chain(record, UNDO_PHASES[UNDO_PHASES.index(first) :], epoch)


def prepare() -> None:
    """Load and connect what a first message needs: 15 ms that no record waits for. `launch` tells of trouble."""
    app.finalize()
    _ = app.backend, app.amqp.send_task_message
    with suppress(OperationalError, StoreError), app.producer_or_acquire() as producer:
        producer.connection.connect()


def launch(record: Record) -> None:
    """Put the canvas into the queue of the record's installation.

    Its signatures are immutable: a message has names and a number, no results. Raises NotSent: what is recorded
    then is sent by a worker's sweep, which finds it without a message.
    """
    canvas = deploy_chain(record)
    try:
        with failpoints.around("launch"):
            canvas.apply_async(retry=False, root_id=task_id(record, DEPLOY_PHASES[0], 1))
    except (OperationalError, StoreError) as error:
        raise NotSent(f"{record.id} is recorded, but could not be sent: {error}") from error


def launch_or_leave(record: Record) -> None:
    """Launch it; where that fails, leave it to the sweep that finds it without a message."""
    try:
        launch(record)
    except NotSent as error:
        log.warning("%s", error)


def task_id(record: Record, phase: Phase, epoch: int) -> str:
    """What Flower and the logs show: a phase that is sent again after a take-over is another task."""
    return f"{record.id}.{epoch}.{phase}"


def _chain(record: Record, phases: tuple[Phase, ...], epoch: int) -> Signature:
    # chain() of one task is that task; a list of one keeps the type
    return chain([_message(record, phase, epoch) for phase in phases])


def _message(record: Record, phase: Phase, epoch: int) -> Signature:
    return app.signature(
        task_name(phase),
        (record.service, record.id, epoch),
        immutable=True,
        options={"queue": keys.queue(record.installation), "task_id": task_id(record, phase, epoch)},
    )
