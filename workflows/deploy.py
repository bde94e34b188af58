"""A deployment as Celery sees it: seven phases in a chain, and a chain that undoes them as its error callback.

    checkout → determine_target → deploy_new_version → health_check → switch_traffic → verify_traffic
      → cleanup_old_version
    on error: collect_logs → restore_traffic → remove_new_version

The error callback is the fast path. What a killed worker leaves behind, `workflows.recovery` relaunches.
"""

from celery import Signature, Task, chain

from deployment import keys
from deployment.record import Record
from deployment.states import DEPLOY_PHASES, UNDO_PHASES, Phase
from tasks.checkout import checkout
from tasks.cleanup_old_version import cleanup_old_version
from tasks.collect_logs import collect_logs
from tasks.deploy_new_version import deploy_new_version
from tasks.determine_target import determine_target
from tasks.health_check import health_check
from tasks.remove_new_version import remove_new_version
from tasks.restore_traffic import restore_traffic
from tasks.switch_traffic import switch_traffic
from tasks.verify_traffic import verify_traffic

TASKS: dict[Phase, Task] = {
    Phase.CHECKOUT: checkout,
    Phase.DETERMINE_TARGET: determine_target,
    Phase.DEPLOY_NEW_VERSION: deploy_new_version,
    Phase.HEALTH_CHECK: health_check,
    Phase.SWITCH_TRAFFIC: switch_traffic,
    Phase.VERIFY_TRAFFIC: verify_traffic,
    Phase.CLEANUP_OLD_VERSION: cleanup_old_version,
    Phase.COLLECT_LOGS: collect_logs,
    Phase.RESTORE_TRAFFIC: restore_traffic,
    Phase.REMOVE_NEW_VERSION: remove_new_version,
}


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


def launch(record: Record) -> None:
    """Enqueue the canvas. Immutable signatures throughout: a message carries names and a number, no results."""
    deploy_chain(record).apply_async(retry=False)


def _chain(record: Record, phases: tuple[Phase, ...], epoch: int) -> Signature:
    # chain() of one task is that task; a list of one keeps the type
    queue = keys.queue(record.service)
    return chain([TASKS[phase].si(record.service, record.id, epoch).set(queue=queue) for phase in phases])
