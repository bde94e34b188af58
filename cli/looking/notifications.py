"""notifications: who is notified, and whether notifications arrive."""

import click

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.notification import Kind
from bluegreen.deployment.record import Deployment, now
from bluegreen.settings.notifications import NotificationSettings
from bluegreen.settings.service import Config
from bluegreen.system import environment
from bluegreen.webhook import NotTaken
from cli.context import App
from workflows.notifier import send


@click.command()
@click.option("--test", "tests", is_flag=True, help="Send each of them one notification, of a made-up deployment.")
@click.pass_obj
def notifications(app: App, tests: bool) -> None:
    """Show who is notified of deployments.

    The receivers are those of the config file here. A test needs the worker's environment.
    """
    config = app.require_config()
    failures = 0
    for notification in config.notifications:
        problem = _try(config, notification) if tests else None
        failures += problem is not None
        sent = f": {problem or 'sent'}" if tests else ""
        services = ", ".join(notification.services) or "all"
        click.echo(f"{notification.label}  {services}  {', '.join(notification.on)}{sent}")
    if not config.notifications:
        click.echo("nobody is notified: there are no [[notifications]] in the config file")
    if failures:
        raise UsageError(f"{failures} of {len(config.notifications)} notifications could not be sent")


def _try(config: Config, notification: NotificationSettings) -> str | None:
    service = (notification.services or tuple(config.services))[0]
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
        send(notification, config.services[service], made_up, Kind.STARTED)
    except NotTaken as error:
        return str(error)
    return None
