"""worker: runs the phases on the deploy host."""

import os
from datetime import datetime

import click
from celery.signals import worker_ready, worker_shutting_down

from cli.context import App
from deployment import durability, environment, freezes, keys, system, workers
from tasks import doors
from tasks.app import app as celery_app
from workflows.following import Follower
from workflows.notify import Notifier
from workflows.recovery import Recovery


@click.command()
@click.option("--concurrency", type=click.IntRange(4), default=4, show_default=True, help="Phases at once.")
@click.option("--loglevel", default="INFO", show_default=True)
@click.pass_obj
def worker(app: App, concurrency: int, loglevel: str) -> None:
    """Run a worker for every service of the config file.

    It runs until SIGTERM or Ctrl-C; the phase in hand ends first.
    """
    app.require_config()
    environment.set_config_path(environment.config_path())
    with app.store() as store:
        for complaint in durability.complaints(store.redis):
            click.echo(f"warning: {complaint}", err=True)
    system.end_children_with_us()
    name, queue = f"bluegreen-{os.getpid()}@%h", workers.own_queue(environment.config_path())
    celery_app.conf.broker_url = environment.redis_url()
    services = doors.serve()
    beside: list[Recovery | Notifier | Follower] = []

    def frozen(service: str, moment: datetime) -> str | None:
        return freezes.in_force(doors.config().freezes, service, moment)

    def begin(sender: object, **_: object) -> None:
        host = str(getattr(sender, "hostname", name))
        beside.append(Recovery(doors.store(), host, services, queue, frozen))
        beside.append(Notifier(doors.store(), host, services, doors.config))
        beside.append(Follower(doors.store(), services))
        for each in beside:
            each.start()

    def end(**_: object) -> None:
        for each in beside:
            each.stop()

    worker_ready.connect(begin, weak=False)
    worker_shutting_down.connect(end, weak=False)
    celery_app.worker_main(
        [
            "worker",
            f"--hostname={name}",
            f"--loglevel={loglevel}",
            f"--concurrency={concurrency}",
            f"--queues={queue},{keys.requests()}",
            "--pool=threads",
            "--without-gossip",
            "--without-mingle",
        ]
    )
