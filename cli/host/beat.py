"""beat: asks for the deployments of the schedules."""

import logging
import os
import socket
import threading

import click

from bluegreen.settings.watch import WatchedConfig
from bluegreen.store.refusals import StoreError, message_of
from bluegreen.system import environment, installation, json_logs
from bluegreen.system.sd_notify import READY, WATCHDOG, notify
from cli.context import App
from cli.options import log_format
from cli.signals import catch_end
from workflows.beat import Beat

log = logging.getLogger(__name__)

#: seconds between two looks
LOOK_SECONDS = 1.0


@click.command()
@log_format
@click.pass_obj
def beat(app: App, log_format: str) -> None:
    """Deploy by the schedules of the config file.

    A beat runs until SIGTERM or Ctrl-C. A second beat does no harm.
    """
    config = WatchedConfig(environment.config_path(), app.require_config())
    if log_format == "json":
        json_logs.install(logging.INFO)
    else:
        logging.basicConfig(level=logging.INFO, format="[%(asctime)s] %(levelname)s %(message)s")
    here = installation.make(environment.config_path())
    stop = threading.Event()
    app.await_redis_data()
    with app.store() as store, catch_end(stop):
        scheduled = [name for name, service in config().services.items() if service.schedule]
        log.info("beat looks after the schedules of: %s", ", ".join(scheduled) or "none yet")
        if not scheduled:
            log.warning(
                "no service of %s has a schedule; one that is added counts at once", environment.config_path()
            )
        metronome = Beat(store.at(here.id), here, f"{os.getpid()}@{socket.gethostname()}", config)
        notify(READY)
        while not stop.is_set():
            notify(WATCHDOG)
            try:
                metronome.look()
            except StoreError as error:
                log.warning("Redis is in the way, the next look is in %g s: %s", LOOK_SECONDS, message_of(error))
            stop.wait(LOOK_SECONDS)
