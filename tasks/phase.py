"""Makes a Celery task of a phase: begin, work under a heartbeat, commit; or turn to the rollback."""

import itertools
import logging
from collections.abc import Callable
from uuid import uuid4

from celery import Task
from celery.exceptions import Ignore

from bluegreen.deployment.errors import AbortRequested, BlueGreenError, EngineAway, PhaseFailed, Superseded
from bluegreen.deployment.record import Failure, Record
from bluegreen.deployment.states import Phase
from bluegreen.deployment.transitions import Answer
from bluegreen.store.lease import Claim
from tasks import services
from tasks.app import app, task_name
from tasks.context import Run

log = logging.getLogger(__name__)

#: how often work is tried for which there is no way back, such as undoing
INSIST = 5
#: the same while the Docker Engine does not answer: two minutes, in which Docker Desktop starts again
INSIST_ON_ENGINE = 40
#: seconds between two of these: time for an nginx to come back
INSIST_SECONDS = 3

#: what a phase does: given its run, it returns the sentence that stands in the record
Work = Callable[[Run], str]


class TryAgain(Exception):
    """Raised by a phase that wants to be tried again, by Celery's retry, with what it has seen so far."""


def phase_task(phase: Phase) -> Callable[[Work], Task]:
    """Register the decorated work as the task of this phase, with arguments (service, deployment, epoch)."""

    def register(work: Work) -> Task:
        @app.task(bind=True, name=task_name(phase), max_retries=None, throws=(BlueGreenError,))  # type: ignore[untyped-decorator]
        def task(self: Task, service: str, deployment: str, epoch: int) -> str:
            if not services.serves(service):
                # Its config had it when the message was sent. A worker that serves it finds the deployment.
                log.warning("%s of %s is dropped: %s is not in the config file", phase, deployment, service)
                raise Ignore()
            return _perform(self, phase, work, deployment, epoch)

        task.__doc__ = work.__doc__
        return task

    return register


def _perform(task: Task, phase: Phase, work: Work, deployment: str, epoch: int) -> str:
    owner = f"{task.request.hostname}/{uuid4().hex[:8]}"
    answer, record = services.store().begin(deployment, phase, epoch, owner)
    if answer is Answer.DONE:
        return "done before"
    if answer is not Answer.RUN or record is None:
        log.info("%s of %s (epoch %d) is dropped: %s", phase, deployment, epoch, answer)
        raise Ignore()
    try:
        return _attempt(task, Claim(services.store(), deployment, phase, epoch, owner), record, work)
    except Superseded as over:
        log.warning("%s", over)
        raise Ignore() from None


def _attempt(task: Task, claim: Claim, record: Record, work: Work) -> str:
    try:
        run = Run(claim, record)
        with run.in_hand():
            run.check()
            message = _insisting(run, work)
        ended = claim.commit(message).state
        return f"{ended}: {message}" if ended.final else message
    except TryAgain as again:
        claim.hand_over(str(again))
        raise task.retry(exc=again, countdown=0) from None
    except Superseded:
        raise
    except Exception as error:
        return _record_trouble(claim, error)


def _insisting(run: Run, work: Work) -> str:
    """Work; where there is no way back, several times, since trouble may pass: an Engine or an nginx restarts."""
    for attempt in itertools.count(1):
        try:
            return work(run)
        except PhaseFailed as error:
            way_back = not (run.claim.phase.undoes or run.record.past_return)
            attempts = INSIST_ON_ENGINE if isinstance(error, EngineAway) else INSIST
            if way_back or attempt >= attempts:
                raise
            run.tell(f"attempt {attempt} of {attempts}: {error.what}")
            run.pause(INSIST_SECONDS)
    raise AssertionError("it returns or raises")


def _record_trouble(claim: Claim, error: Exception) -> str:
    """Turn the deployment back; a phase of the rollback itself notes its trouble, and the chain goes on."""
    if not isinstance(error, BlueGreenError):
        log.exception("%s of %s", claim.phase, claim.deployment)
    what, saw, advice = _told(error)
    if claim.phase.undoes:
        claim.commit(" ".join(part for part in (what, saw, advice) if part), failed=True)
        return what
    claim.fail(Failure(phase=claim.phase, what=what, saw=saw, advice=advice))
    raise error


def _told(error: Exception) -> tuple[str, str, str]:
    if isinstance(error, AbortRequested):
        return error.what, "", ""
    if isinstance(error, BlueGreenError):
        return error.what, error.saw, error.advice
    return (
        f"{type(error).__name__}: {error}",
        "",
        "This is a defect of bluegreen: the worker's log has the traceback.",
    )
