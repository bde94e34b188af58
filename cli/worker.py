"""worker: runs the phases on the deploy host."""

import os

import click
from celery.signals import worker_ready, worker_shutting_down

from cli.context import App
from deployment import environment, keys
from tasks import doors
from tasks.app import app as celery_app
from workflows.recovery import Recovery


@click.command()
@click.option("--concurrency", type=click.IntRange(4), default=4, show_default=True, help="Phases at once.")
@click.option("--loglevel", default="INFO", show_default=True)
@click.pass_obj
def worker(app: App, concurrency: int, loglevel: str) -> None:
    """Run a worker for every service of the config file, until it is told to stop."""
    config = app.require_config()
    environment.set_config_path(environment.config_path())
    with app.store():
        pass  # Redis answers
    name = f"bluegreen-{os.getpid()}@%h"
    celery_app.conf.broker_url = environment.redis_url()
    recovery: list[Recovery] = []

    def begin(sender: object, **_: object) -> None:
        host = str(getattr(sender, "hostname", name))
        recovery.append(Recovery(doors.store(), host, config.services))
        recovery[0].start()

    def end(**_: object) -> None:
        for each in recovery:
            each.stop()

    worker_ready.connect(begin, weak=False)
    worker_shutting_down.connect(end, weak=False)
    celery_app.worker_main(
        [
            "worker",
            f"--hostname={name}",
            f"--loglevel={loglevel}",
            f"--concurrency={concurrency}",
            f"--queues={','.join(keys.queue(service) for service in config.services)}",
            "--pool=threads",
            "--without-gossip",
            "--without-mingle",
        ]
    )
