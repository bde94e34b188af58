"""Collect logs: what the new version said, before it is gone."""

from bluegreen.deployment.event import EventKind
from bluegreen.deployment.states import Phase
from tasks.context import PhaseContext
from tasks.phase import phase_task

#: log lines that go to the deployment's events
LINES = 50


@phase_task(Phase.COLLECT_LOGS)
def collect_logs(context: PhaseContext) -> str:
    """Afterwards the new version's last log lines stand in the events."""
    if not context.deployment.started:
        return "the new version was never started"
    logs = context.runtime.logs(context.target, LINES).strip()
    if logs:
        context.add_event(EventKind.LOGS, text=logs)
    return f"{len(logs.splitlines())} log lines kept"
