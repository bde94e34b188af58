"""The Celery application."""

from celery import Celery

from tasks import broker

broker.register()
app = Celery("bluegreen")
app.config_from_object("celeryconfig")
