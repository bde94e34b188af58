"""Remove new version: what was started is put away, and nothing else."""

from deployment.states import Phase
from nginx.drain import drain
from tasks.phase import phase_task
from tasks.run import Run


@phase_task(Phase.REMOVE_NEW_VERSION)
def remove_new_version(run: Run) -> str:
    """Afterwards nothing of the new version is left; requests that it still had were answered first."""
    if not run.record.started:
        return "the new version was never started"
    if run.record.phase_record(Phase.SWITCH_TRAFFIC):
        drain(run.proxies, run.record.old_workers, run.service.drain.timeout, run)
    run.runtime.remove(run.target, run)
    return f"{run.target} is removed"
