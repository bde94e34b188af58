"""Collect logs: what the new version said, before it is gone."""

from bluegreen.deployment.states import Phase
from tasks.context import Run
from tasks.phase import phase_task

#: log lines that go to the deployment's events
LINES = 50


@phase_task(Phase.COLLECT_LOGS)
def collect_logs(run: Run) -> str:
    """Afterwards the new version's last log lines stand in the events."""
    if not run.record.started:
        return "the new version was never started"
    logs = run.runtime.logs(run.target, LINES).strip()
    if logs:
        run.tell(logs, kind="logs")
    return f"{len(logs.splitlines())} log lines kept"
