"""Remove new version: what was started is put away, and nothing else."""

from time import monotonic

from deployment.errors import PhaseFailed
from deployment.states import Color, Phase
from nginx.drain import drain
from nginx.proxy import Proxy
from tasks.cutover import cutover
from tasks.phase import phase_task
from tasks.run import Run

#: seconds in which an nginx may still answer for the new colour: its old workers do for 100 ms after a reload
SETTLE = 1.0
#: seconds between two looks at that
POLL = 0.05


@phase_task(Phase.REMOVE_NEW_VERSION)
def remove_new_version(run: Run) -> str:
    """Afterwards nothing of the new version is left; requests that it still had were answered first."""
    if run.service.migrate and run.record.phase_record(Phase.DEPLOY_NEW_VERSION):
        run.runtime.forget_migrations(run.target, run)
    if not run.record.started:
        return "the new version was never started"
    if run.record.phase_record(Phase.SWITCH_TRAFFIC) is None:
        run.runtime.remove(run.target, run)
        return f"{run.target} is removed"
    with cutover(run, ends=True):
        _refuse_if_it_serves(run)
        drain(run.proxies, run.record.old_workers, run.service.drain.timeout, run)
        run.runtime.remove(run.target, run)
    return f"{run.target} is removed"


def _refuse_if_it_serves(run: Run) -> None:
    """A restore that failed leaves users on the new version: it must not be taken from them."""
    deadline = monotonic() + SETTLE
    while serving := [proxy.label for proxy in run.proxies if _color_of(proxy) == run.target]:
        if monotonic() >= deadline:
            raise PhaseFailed(
                f"{run.target} is kept, because {', '.join(serving)} still sends requests to it",
                advice="Mend what kept the traffic from being restored, and deploy again.",
            )
        run.pause(POLL)


def _color_of(proxy: Proxy) -> Color | None:
    content = proxy.served() or proxy.read()
    return content.color if content else None
