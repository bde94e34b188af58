"""Health check: the new version proves itself before any user meets it."""

from time import monotonic

from deployment import probe
from deployment.errors import NotHealthy
from deployment.pauses import growing
from deployment.record import now
from deployment.states import Phase
from tasks.phase import TryAgain, phase_task
from tasks.run import Run

#: seconds between the first two requests inside an attempt, and between later ones, at most
FIRST_POLL, POLL = 0.005, 0.05
#: seconds between two looks at the process or container itself
LOOK = 0.25


@phase_task(Phase.HEALTH_CHECK)
def health_check(run: Run) -> str:
    """Afterwards the new version has answered well `successes` times in a row.

    One attempt polls for `interval` seconds; Celery retries it until `attempts` are used up. Raises
    NotHealthy then, and at once when the new version's process or container has died.
    """
    health = run.service.health
    started = monotonic()
    answer = _poll(run, started + health.interval)
    if answer is None:
        return f"healthy after {_seconds_since_start(run):.1f} s"
    if (attempt := _attempt(run)) < health.attempts:
        raise TryAgain(f"attempt {attempt} of {health.attempts}: {answer}")
    raise NotHealthy(
        f"{run.target} did not get healthy in {health.attempts} x {health.interval:g} s",
        _seen(run, str(answer)),
        "Fix the release, or raise health.attempts or health.interval.",
    )


def _poll(run: Run, deadline: float) -> probe.Answer | None:
    """None once there were enough good answers in a row; else the last answer."""
    health = run.service.health
    url = f"http://{run.runtime.address_on_host(run.target)}{health.path}"
    good, looked, answer, pauses = 0, 0.0, None, growing(FIRST_POLL, POLL)
    while True:
        if monotonic() - looked >= LOOK:
            _refuse_if_dead(run, answer)
            looked = monotonic()
        answer = run.get(url)
        good = good + 1 if answer.status is not None and health.accepts(answer.status) else 0
        if good >= health.successes:
            return None
        if monotonic() >= deadline:
            return answer
        run.pause(0 if good else next(pauses))


def _refuse_if_dead(run: Run, answer: probe.Answer | None) -> None:
    instance = run.runtime.look(run.target)
    if not instance.running or instance.restarts:
        what = f"the new version died: {instance.described}"
    elif instance.healthy is False:
        what = f"{instance.described} calls itself unhealthy"
    else:
        return
    seen = _seen(run, str(answer) if answer else "")
    raise NotHealthy(what, seen, "Fix the release, and deploy again.")


def _attempt(run: Run) -> int:
    """Which attempt this is, from 1; a take-over after a kill does not use one up."""
    entry = run.record.phase_record(Phase.HEALTH_CHECK)
    return entry.attempts - entry.takeovers if entry else 1


def _seconds_since_start(run: Run) -> float:
    entry = run.record.phase_record(Phase.HEALTH_CHECK)
    return (now() - entry.started).total_seconds() if entry else 0.0


def _seen(run: Run, answer: str) -> str:
    logs = run.runtime.logs(run.target).strip()
    parts = [f"last answer: {answer}" if answer else "", f"last log lines:\n{logs}" if logs else ""]
    return "\n".join(part for part in parts if part)
