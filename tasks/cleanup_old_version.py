"""Cleanup old version: let it answer its last requests, then put it away."""

from deployment.states import Phase
from nginx.drain import drain
from tasks.phase import phase_task
from tasks.run import Run


@phase_task(Phase.CLEANUP_OLD_VERSION)
def cleanup_old_version(run: Run) -> str:
    """Afterwards the old version has answered what it had, and is stopped (kept) or removed.

    Until the drain is over there is a way back; the record says from when on there is none.
    """
    old = run.record.from_color
    if old is None:
        return "there was no old version"
    if left := drain(run.proxies, run.record.old_workers, run.service.drain.timeout, run):
        run.tell(f"{left} nginx workers still had requests after {run.service.drain.timeout:g} s")
    run.check()
    run.note(past_return=True)
    if run.service.cleanup.old == "remove":
        run.runtime.remove(old, run)
        return f"{old} is removed"
    run.runtime.stop(old, run)
    return f"{old} is stopped and kept for a rollback"
