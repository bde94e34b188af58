"""notices: who is notified, and whether notices arrive."""

import click

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.notification import Kind
from bluegreen.deployment.record import Deployment, now
from bluegreen.settings.notifications import Notice
from bluegreen.settings.service import Config
from bluegreen.system import environment
from bluegreen.webhook import NotTaken
from cli.context import App
from workflows.notifier import send


@click.command()
@click.option("--test", "tests", is_flag=True, help="Send each of them one notice, of a made-up deployment.")
@click.pass_obj
def notices(app: App, tests: bool) -> None:
    """Show who is notified of deployments.

    The receivers are those of the config file here. A test needs the worker's environment.
    """
    config = app.require_config()
    failures = 0
    for notice in config.notices:
        problem = _try(config, notice) if tests else None
        failures += problem is not None
        sent = f": {problem or 'sent'}" if tests else ""
        click.echo(f"{notice.label}  {', '.join(notice.services) or 'all'}  {', '.join(notice.on)}{sent}")
    if not config.notices:
        click.echo("nobody is notified: there are no [[notices]] in the config file")
    if failures:
        raise UsageError(f"{failures} of {len(config.notices)} notices could not be sent")


def _try(config: Config, notice: Notice) -> str | None:
    service = (notice.services or tuple(config.services))[0]
    made_up = Deployment(
        id=f"{service}-test",
        service=service,
        installation="-",
        ref="a-test",
        requested_by=environment.who(),
        requested_at=now(),
        generation=0,
    )
    try:
        send(notice, config.services[service], made_up, Kind.STARTED)
    except NotTaken as error:
        return str(error)
    return None
