"""The Celery application."""

from celery import Celery

app = Celery("bluegreen")
app.config_from_object("celeryconfig")
