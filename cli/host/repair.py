"""repair: puts the proxy files of a service right."""

import click

from bluegreen.deployment.states import Color
from cli.context import App
from cli.options import SERVICE


@click.command()
@SERVICE
@click.option(
    "--color",
    type=click.Choice([each.value for each in Color]),
    help="The colour that shall serve, where bluegreen cannot find out which one does.",
)
@click.pass_obj
def repair(app: App, service: str, color: str | None) -> None:
    """Put right proxy files that somebody has changed.

    Run it on the deploy host, as the worker's user. Nothing is deployed. While a deployment is under way, a repair
    is refused.
    """
    app.require_config()
    app.require_configured(service)
    # They bring the Docker SDK, which takes half of the time that the command needs to start.
    from tasks.repair import Idle
    from tasks.repair import repair as put_right

    with app.store() as store:
        cancellation = Idle(app.home(store, service), service)
        found = put_right(app.services.site(service, "repair"), cancellation, Color(color) if color else None)
    for line in cancellation.messages:
        click.echo(line)
    if found.color is None:
        click.echo(f"{service}: nothing is live yet, and no file belongs to bluegreen")
    elif not cancellation.messages:
        click.echo(f"{service}: nothing to repair: {found.color}, release {found.release}, is live")
