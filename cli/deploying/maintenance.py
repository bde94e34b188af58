"""maintenance: users get a page in the application's place, or the application again."""

import click

from bluegreen.deployment.maintenance import checked_allowed, checked_message
from bluegreen.deployment.names import checked_reason, checked_service
from bluegreen.store import requests
from bluegreen.store.requests import Kind, Maintain
from bluegreen.system import environment
from cli.context import App
from cli.options import SERVICE


@click.group()
def maintenance() -> None:
    """Have nginx answer for the application, with a page and 503."""


@maintenance.command()
@SERVICE
@click.option("--message", help="What the page says; status shows it, too.")
@click.option(
    "--allow", "allowed", multiple=True, metavar="ADDRESS", help="Who reaches the application; may be repeated."
)
@click.option("--override-freeze", "why", help="Turn it on in a freeze; status shows this reason.")
@click.pass_obj
def on(app: App, service: str, message: str | None, allowed: tuple[str, ...], why: str | None) -> None:
    """Turn the maintenance of SERVICE on, or change what it says.

    Files that nginx serves itself stay. Deployments go on underneath.
    """
    asked = Maintain(
        service=checked_service(service),
        on=True,
        requested_by=environment.who(),
        message=None if message is None else checked_message(message),
        allow=checked_allowed(allowed),
        why=None if why is None else checked_reason(why),
    )
    _ask(app, asked)
    click.echo(f"{service}: maintenance is on: users get a page, and 503")


@maintenance.command()
@SERVICE
@click.pass_obj
def off(app: App, service: str) -> None:
    """Turn the maintenance of SERVICE off."""
    _ask(app, Maintain(service=checked_service(service), on=False, requested_by=environment.who()))
    click.echo(f"{service}: maintenance is off: users reach the application")


def _ask(app: App, asked: Maintain) -> None:
    app.require_configured(asked.service)
    with app.store() as store:
        requests.ask(store.redis, app.serving(store, asked.service).id, Kind.MAINTENANCE, asked)
