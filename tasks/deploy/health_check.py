"""Health check: the new version proves itself before any user meets it."""

from dataclasses import dataclass
from time import monotonic

from bluegreen.backoff import growing
from bluegreen.deployment.errors import NotHealthy
from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.record import now
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Phase
from bluegreen.traffic.health import Judged
from tasks import background, checks, hooks
from tasks.context import PhaseContext
from tasks.phase import TryAgain, phase_task
from tasks.preview import open_preview

#: seconds between the first two requests inside an attempt, and between later ones, at most
FIRST_POLL, POLL = 0.005, 0.05
#: seconds between two looks at the process or container itself
LOOK = 0.25


@phase_task(Phase.HEALTH_CHECK)
def health_check(context: PhaseContext) -> str:
    """Afterwards the new version has answered well `successes` times in a row; a HEALTHCHECK did not deny it.

    Then its checks were answered as they must be. Its preview, where the service has one, is open from then on,
    and the hooks `before_switch` have ended well.

    One attempt polls for `interval` seconds; Celery retries it until `attempts` are used up. Raises
    NotHealthy then, and at once when the new version's process or container has died.
    """
    health = context.service.health
    if (seen := _poll(context, monotonic() + health.interval)) is None:
        background.await_those_with_color(context)
        checks.run(context, HookPoint.BEFORE_SWITCH)
        message = f"healthy after {_seconds_since_start(context):.1f} s"
        if open_preview(context):
            message += "; its preview is open"
        hooks.run(context, HookPoint.BEFORE_SWITCH)
        return message
    if (attempt := _attempt(context)) < health.attempts:
        raise TryAgain(seen.message, attempt, health.attempts)
    raise NotHealthy(
        f"{context.target} did not get healthy in {health.attempts} x {health.interval:g} s",
        _seen(context, seen.message),
        seen.advice or "Fix the release, or raise health.attempts or health.interval.",
    )


@dataclass(frozen=True)
class Seen:
    """Why a version is not healthy yet: its last answer, and what its own HEALTHCHECK says."""

    answer: Judged
    instance: Instance

    @property
    def message(self) -> str:
        denied = self.instance.healthy is False
        return f"{self.answer}{f'; {self.instance.described} calls itself unhealthy' if denied else ''}"

    @property
    def advice(self) -> str:
        """What to do about it, by its cause."""
        if self.answer.good and self.instance.healthy is False:
            return (
                "It answers, and its HEALTHCHECK fails: correct that, or give it a start_period as long as the "
                "application takes to start."
            )
        return self.answer.advice


def _poll(context: PhaseContext, deadline: float) -> Seen | None:
    """None once there were enough good answers in a row; else what was seen last."""
    health = context.service.health
    instance, looked = _living(context, None), monotonic()
    good, pauses = 0, growing(FIRST_POLL, POLL)
    while True:
        answer = context.ask_color(context.target)
        if monotonic() - looked >= LOOK:
            instance, looked = _living(context, answer), monotonic()
        good = good + 1 if answer.good and instance.healthy is not False else 0
        if good >= health.successes:
            return None
        if monotonic() >= deadline:
            return Seen(answer, instance)
        context.pause(0 if good else next(pauses))


def _living(context: PhaseContext, answer: Judged | None) -> Instance:
    """The version's process or container. Raises NotHealthy when it has died: no waiting helps then."""
    instance = context.runtime.look(context.target)
    if instance.running and not instance.restarts:
        return instance
    seen = _seen(context, str(answer) if answer else "")
    raise NotHealthy(f"the new version died: {instance.described}", seen, "Fix the release, and deploy again.")


def _attempt(context: PhaseContext) -> int:
    """Which attempt this is, from 1; a take-over after a kill does not use one up."""
    entry = context.deployment.phase_record(Phase.HEALTH_CHECK)
    return entry.attempts - entry.takeovers if entry else 1


def _seconds_since_start(context: PhaseContext) -> float:
    entry = context.deployment.phase_record(Phase.HEALTH_CHECK)
    return (now() - entry.started).total_seconds() if entry else 0.0


def _seen(context: PhaseContext, answer: str) -> str:
    logs = context.runtime.logs(context.target).strip()
    parts = [f"last answer: {answer}" if answer else "", f"last log lines:\n{logs}" if logs else ""]
    return "\n".join(part for part in parts if part)
