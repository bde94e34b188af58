"""promote: has a deployment go on that waits for a person's word."""

from contextlib import suppress

import click

from bluegreen.deployment.names import checked_reason
from bluegreen.deployment.record import Deployment
from bluegreen.store import requests, workers
from bluegreen.store.records import Records
from bluegreen.store.requests import Kind, Promote
from bluegreen.store.roles import PROMOTIONS
from bluegreen.system import environment
from cli.context import App
from cli.deploying.deploy import finish
from cli.options import DEPLOYMENT, JSON, SECONDS, find_deployment


@click.command()
@DEPLOYMENT
@click.option("--message", help="Why; the record keeps it.")
@click.option("--override-freeze", "why", help="Promote in a freeze; the record keeps this reason.")
@click.option(
    "--wait", "wait_seconds", type=SECONDS, help="Follow the deployment to its end, for at most so many seconds."
)
@JSON
@click.pass_obj
def promote(
    app: App, deployment_id: str, message: str | None, why: str | None, wait_seconds: float | None, as_json: bool
) -> None:
    """Have DEPLOYMENT go on, which waits for that.

    Its health check runs again first, and then the switch. To undo it instead: bluegreen abort.
    """
    message = None if message is None else checked_reason(message, "a promotion")
    why = None if why is None else checked_reason(why)
    with app.store() as store:
        waiting = find_deployment(store, deployment_id)
        workers.serving(store.redis, waiting.service)
        asked = Promote(deployment_id=waiting.id, requested_by=environment.who(), message=message, why=why)
        _ask(store, waiting.installation, asked)
        promoted = find_deployment(store, waiting.id)
    if wait_seconds is not None:
        finish(app, promoted, wait_seconds, as_json)
    click.echo(promoted.shown_as_json() if as_json else _line(promoted))


def _ask(store: Records, installation: str, asked: Promote) -> None:
    """By the largest role that this user of Redis has: its key says which, and nobody else."""
    for kind in PROMOTIONS:
        with suppress(requests.MayNotAsk):
            requests.ask(store.redis, installation, kind, asked)
            return
    requests.ask(store.redis, installation, Kind.PROMOTE, asked)


def _line(promoted: Deployment) -> str:
    return f"{promoted.id} is promoted; follow it with: bluegreen watch {promoted.id}"
