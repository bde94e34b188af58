"""The Celery application."""

from celery import Celery

from deployment.states import Phase
from tasks import broker

broker.register()
app = Celery("bluegreen")
app.config_from_object("celeryconfig")


def task_name(phase: Phase) -> str:
    """How Celery, Flower and the logs call the phase's task."""
    return f"{'undo' if phase.undoes else 'deploy'}.{phase}"
