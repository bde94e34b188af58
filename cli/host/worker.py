"""worker: runs the phases on the deploy host."""

import logging
import os
import socket
from collections.abc import Sequence
from datetime import datetime

import click
from celery.apps import worker as celery_worker
from celery.platforms import EX_OK
from celery.signals import setup_logging, worker_ready, worker_shutting_down
from celery.worker import state

from bluegreen.deployment.errors import BlueGreenError
from bluegreen.settings import freezes
from bluegreen.store import durability, keys, owners
from bluegreen.system import environment, json_logs, platform
from bluegreen.system.sd_notify import READY, STOPPING, WATCHDOG, notify
from cli.context import App
from cli.host.healthz import Address, Health, serve
from cli.options import log_format
from tasks.app import app as celery_app
from workflows.acts import Acts
from workflows.copied_files import CopiedFiles
from workflows.following import Follower
from workflows.housekeeping import Housekeeper
from workflows.maintaining import Keeper
from workflows.notifier import Notifier
from workflows.recovery import Recovery
from workflows.requests import Requests
from workflows.rounds import Rounds
from workflows.watching import Watch

log = logging.getLogger(__name__)


@click.command()
@click.option("--concurrency", type=click.IntRange(4), default=4, show_default=True, help="Phases at once.")
@click.option(
    "--loglevel",
    type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], case_sensitive=False),
    default="INFO",
    show_default=True,
)
@log_format
@click.option("--healthz", type=Address(), help="Answer /healthz there: 200, or 503 and why.")
@click.pass_obj
def worker(app: App, concurrency: int, loglevel: str, log_format: str, healthz: tuple[str, int] | None) -> None:
    """Run a worker for every service of the config file.

    A worker runs until SIGTERM or Ctrl-C; the phase in hand ends first.
    """
    app.require_config()
    if log_format == "json":
        json_logs.install(loglevel.upper())
        setup_logging.connect(lambda **_: None, weak=False)  # or Celery would set up its own
        celery_worker.safe_say = json_logs.say  # by which it says, past its log, that it was asked to end
    environment.set_config_path(environment.config_path())
    here, services = celery_app.installation, celery_app.services
    names = services.serve()
    health = Health(names)
    if healthz:
        serve(healthz, health)
    app.await_redis_data()
    with app.store() as store:
        # a look: with its announcement it settles there, once this Redis takes writes
        for service, owner in owners.every(store.redis).items():
            if service in names:
                owners.refuse(service, owner, here)
        for problem in durability.problems(store.redis):
            _warn(problem, log_format)
    platform.end_children_with_us()
    name = f"bluegreen-{os.getpid()}@{socket.gethostname()}"
    beside: list[Recovery | Notifier | Requests | Rounds | Housekeeper] = []

    def frozen(service: str, moment: datetime) -> str | None:
        return freezes.in_force(services.config().freezes, service, moment)

    def looked(problem: str) -> None:
        health.note(problem)
        notify(WATCHDOG)

    def begin(sender: object, **_: object) -> None:
        host = str(getattr(sender, "hostname", name))
        store, hasty = celery_app.store, celery_app.hasty_store
        beside.append(Recovery(hasty, host, here, names, frozen, looked))
        beside.append(Requests(Acts(hasty, here, services)))
        beside.append(Notifier(store, host, names, services.config))
        beside.append(Follower(store, services, names))
        beside.append(Housekeeper(services, names))
        beside.append(Watch(hasty, services, names))
        beside.append(CopiedFiles(hasty, services, names))
        beside.append(Keeper(hasty, services, names))
        for each in beside:
            each.start()
        notify(READY)

    def end(**_: object) -> None:
        notify(STOPPING)
        for each in beside:
            each.stop()

    worker_ready.connect(begin, weak=False)
    worker_shutting_down.connect(end, weak=False)
    run(name, concurrency, loglevel, (keys.queue(here.id), keys.calls()), quiet=log_format == "json")


def _warn(problem: durability.Problem, log_format: str) -> None:
    if log_format == "json":
        log.warning("%s", problem)
    else:
        click.echo(f"warning: {problem}", err=True)


def run(name: str, concurrency: int, loglevel: str, queues: Sequence[str], *, quiet: bool) -> None:
    """Be that worker until it is asked to end; `quiet`: without Celery's banner.

    BlueGreenError when it ends for any other reason.
    """
    celery = celery_app.Worker(
        hostname=name,
        loglevel=loglevel,
        concurrency=concurrency,
        queues=",".join(queues),
        pool_cls="threads",
        without_gossip=True,
        without_mingle=True,
        quiet=quiet,
    )
    celery.start()
    is_ordered = celery.exitcode == EX_OK or state.should_stop is not None or state.should_terminate is not None
    if not is_ordered:
        raise BlueGreenError(
            "the worker has ended without SIGTERM or Ctrl-C",
            advice="The worker's last log lines say why. As a service it is started again "
            "(bluegreen daemon install worker).",
        )
