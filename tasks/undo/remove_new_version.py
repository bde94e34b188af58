"""Remove new version: what was started is put away, and nothing else; then a last look at what users get."""

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.states import Phase
from tasks import background, static
from tasks.context import PhaseContext
from tasks.last_look import look_after_rollback
from tasks.phase import phase_task
from tasks.request_count import cutover
from tasks.serving import refuse_if_it_serves


@phase_task(Phase.REMOVE_NEW_VERSION)
def remove_new_version(context: PhaseContext) -> str:
    """Afterwards nothing of the new version is left; requests that it still had were answered first.

    Its background services end before that, also where users still get it, and the old ones work again.

    The record says what users get, also where something is left.
    """
    try:
        message = _remove(context)
    except PhaseFailed:
        look_after_rollback(context, waits=False)  # it is tried again
        raise
    look_after_rollback(context)
    return message


def _remove(context: PhaseContext) -> str:
    has_jobs = context.service.migrate or context.service.hooks
    if has_jobs and context.deployment.phase_record(Phase.DEPLOY_NEW_VERSION):
        context.runtime.forget_jobs(context.target, context)
    if not context.deployment.started:
        static.withdraw(context)
        return "the new version was never started"
    background.revert(context)
    # A restore that failed leaves users on the new version.
    refuse_if_it_serves(context, context.target)
    with cutover(context, ends=True):
        context.router.drain(context.deployment.retired_by_rollback, context.service.drain.timeout, context)
        refuse_if_it_serves(context, context.target)  # the drain took its time
        context.runtime.remove(context.target, context)
    static.withdraw(context)
    context.router.forget_saved(context)  # what was there before is there again
    return f"{context.target} is removed"
