"""Makes a Celery task of a phase: begin, work under a heartbeat, commit; or turn to the rollback."""

import itertools
import logging
from collections.abc import Callable
from uuid import uuid4

from celery import Task
from celery.exceptions import Ignore

from bluegreen.deployment.errors import AbortRequested, BlueGreenError, EngineAway, PhaseFailed, Superseded
from bluegreen.deployment.event import EventKind
from bluegreen.deployment.record import Deployment, Failure
from bluegreen.deployment.states import Phase
from bluegreen.deployment.transitions import Admission
from bluegreen.store.lease import Lease
from bluegreen.system import json_logs
from tasks.app import app, task_name
from tasks.context import PhaseContext
from tasks.heartbeat import Heartbeat
from tasks.leftovers import without_leftovers

log = logging.getLogger(__name__)

#: how often work is tried for which there is no way back, such as undoing
ATTEMPTS = 5
#: the same while the Docker Engine does not answer: two minutes, in which Docker Desktop starts again
ATTEMPTS_ON_ENGINE = 40
#: seconds between two of these: time for an nginx to come back
RETRY_SECONDS = 3

#: what a phase does: given its run, it returns the sentence that stands in the record
Work = Callable[[PhaseContext], str]


class TryAgain(Exception):
    """Raised by a phase that wants to be tried again, by Celery's retry: why this attempt failed, which it is."""

    def __init__(self, error: str, attempt: int, attempts: int) -> None:
        super().__init__(error, attempt, attempts)
        self.error, self.attempt, self.attempts = error, attempt, attempts


def phase_task(phase: Phase) -> Callable[[Work], Task]:
    """Register the decorated work as the task of this phase, with arguments (service, deployment, epoch).

    The work itself is the task's `work`.
    """

    def register(work: Work) -> Task:
        options = {"max_retries": None, "throws": (BlueGreenError,), "work": staticmethod(work)}

        @app.task(bind=True, name=task_name(phase), **options)  # type: ignore[untyped-decorator]
        def task(self: Task, service: str, deployment_id: str, epoch: int) -> str:
            if not app.services.serves(service):
                # Its config had it when the message was sent. A worker that serves it finds the deployment.
                log.warning("%s of %s is dropped: %s is not in the config file", phase, deployment_id, service)
                raise Ignore()
            with json_logs.about(service, deployment_id, phase, epoch):
                return _perform(self, phase, work, deployment_id, epoch)

        task.__doc__ = work.__doc__
        return task

    return register


def _perform(task: Task, phase: Phase, work: Work, deployment_id: str, epoch: int) -> str:
    owner = f"{task.request.hostname}/{uuid4().hex[:8]}"
    answer, deployment = app.store.begin(deployment_id, phase, epoch, owner)
    if answer is Admission.DONE:
        return "done before"
    if answer is not Admission.RUN or deployment is None:
        log.info("%s of %s (epoch %d) is dropped: %s", phase, deployment_id, epoch, answer)
        raise Ignore()
    try:
        return _attempt(task, Lease(app.store, deployment_id, phase, epoch, owner), deployment, work)
    except Superseded as over:
        log.warning("%s", over)
        raise Ignore() from None


def _attempt(task: Task, lease: Lease, deployment: Deployment, work: Work) -> str:
    try:
        site = app.services.site(deployment.service, deployment.id)
        with Heartbeat(lease) as heartbeat, without_leftovers(deployment, lease.phase, site.settings):
            heartbeat.check()
            context = PhaseContext(lease, deployment, site, app.store, heartbeat)
            message = _retry(context, work)
        ended = lease.commit(message).state
        return f"{ended}: {message}" if ended.final else message
    except TryAgain as again:
        lease.hand_over(again.error, again.attempt, again.attempts)
        raise task.retry(exc=again, countdown=0) from None
    except Superseded:
        raise
    except Exception as error:
        return _record_problem(lease, error)


def _retry(context: PhaseContext, work: Work) -> str:
    """Work; where there is no way back, several times, as what is wrong may pass: an Engine or nginx restarts."""
    for attempt in itertools.count(1):
        try:
            return work(context)
        except PhaseFailed as error:
            way_back = not (context.lease.phase.undoes or context.deployment.past_point_of_no_return)
            attempts = ATTEMPTS_ON_ENGINE if isinstance(error, EngineAway) else ATTEMPTS
            if way_back or attempt >= attempts:
                raise
            context.add_event(EventKind.ATTEMPT_FAILED, error=error.what, attempt=attempt, attempts=attempts)
            context.pause(RETRY_SECONDS)
    raise AssertionError("it returns or raises")


def _record_problem(lease: Lease, error: Exception) -> str:
    """Turn the deployment back; a phase of the rollback itself notes what went wrong, and the chain goes on."""
    if not isinstance(error, BlueGreenError):
        log.exception("%s of %s", lease.phase, lease.deployment_id)
    what, saw, advice = _in_words(error)
    if lease.phase.undoes:
        lease.commit(" ".join(part for part in (what, saw, advice) if part), failed=True)
        return what
    lease.fail(Failure(phase=lease.phase, what=what, saw=saw, advice=advice))
    raise error


def _in_words(error: Exception) -> tuple[str, str, str]:
    if isinstance(error, AbortRequested):
        return error.what, "", ""
    if isinstance(error, BlueGreenError):
        return error.what, error.saw, error.advice
    return (
        f"{type(error).__name__}: {error}",
        "",
        "This is a defect of bluegreen: the worker's log has the traceback.",
    )
