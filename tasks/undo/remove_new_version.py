"""Remove new version: what was started is put away, and nothing else; then a last look at what users get."""

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.states import Phase
from nginx.drain import drain
from tasks.context import Run
from tasks.last_look import look_after_rollback
from tasks.phase import phase_task
from tasks.request_count import cutover
from tasks.serving import refuse_if_it_serves


@phase_task(Phase.REMOVE_NEW_VERSION)
def remove_new_version(run: Run) -> str:
    """Afterwards nothing of the new version is left; requests that it still had were answered first.

    The record says what users get, also where something is left.
    """
    try:
        message = _remove(run)
    except PhaseFailed:
        look_after_rollback(run, settle=0)  # it is tried again
        raise
    look_after_rollback(run)
    return message


def _remove(run: Run) -> str:
    if run.service.migrate and run.record.phase_record(Phase.DEPLOY_NEW_VERSION):
        run.runtime.forget_migrations(run.target, run)
    if not run.record.started:
        return "the new version was never started"
    # A restore that failed leaves users on the new version.
    refuse_if_it_serves(run, run.target)
    with cutover(run, ends=True):
        drain(run.proxies, run.record.new_workers, run.service.drain.timeout, run)
        refuse_if_it_serves(run, run.target)  # the drain took its time
        run.runtime.remove(run.target, run)
    run.kept.prune(run)  # what was there before is there again
    return f"{run.target} is removed"
