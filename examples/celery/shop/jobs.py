"""The shop's jobs. Each leaves a line in Redis that says which version has run it."""

import json
import os
import sys
import time
from pathlib import Path

from celery import Celery
from celery.signals import beat_init, worker_ready, worker_shutdown
from redis import Redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://redis:6379/0")
VERSION = Path("version").read_text(encoding="utf-8").strip()
#: the queue of this process: one for all, or one for each colour
QUEUE = os.environ.get("QUEUE", "jobs")
#: where what is left of the queue goes once this worker has ended: to the other colour's
REST_GOES_TO = {"jobs-blue": "jobs-green", "jobs-green": "jobs-blue"}.get(QUEUE)

app = Celery("shop", broker=REDIS_URL)
app.conf.task_default_queue = QUEUE
app.conf.task_ignore_result = True
app.conf.worker_prefetch_multiplier = 1
app.conf.broker_connection_retry_on_startup = True
app.conf.beat_schedule = {"tick": {"task": "shop.jobs.tick", "schedule": 1.0}}

if "crash" in VERSION and os.environ.get("ROLE") == "worker":
    sys.exit("this version's worker does not start")


def note(**what: object) -> None:
    """A line of what has happened."""
    redis = Redis.from_url(REDIS_URL)
    redis.rpush("ran", json.dumps({"version": VERSION, "at": time.time(), **what}))
    redis.close()


@app.task
def work(number: int, seconds: float) -> None:
    """A job that both versions know."""
    note(job=number, event="began")
    time.sleep(seconds)
    note(job=number, event="ended")


@app.task
def tick() -> None:
    """What beat asks for each second."""
    note(job="tick", event="ended")


if "fresh" in VERSION:

    @app.task
    def fresh(number: int) -> None:
        """A job that only this version knows."""
        note(job=f"fresh-{number}", event="ended")


@worker_ready.connect
@beat_init.connect
def say_that_it_is_ready(**_: object) -> None:
    """For the HEALTHCHECK: a deployment waits for it."""
    Path("/tmp/ready").touch()


@worker_shutdown.connect
def leave_the_rest(**_: object) -> None:
    """With a queue for each colour: what this version has not begun, the other one does."""
    if REST_GOES_TO:
        redis = Redis.from_url(REDIS_URL)
        while redis.lmove(QUEUE, REST_GOES_TO, "RIGHT", "RIGHT"):
            pass
        redis.close()
