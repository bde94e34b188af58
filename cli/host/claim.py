"""claim: has a service live here whose installation is gone for good."""

import click

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.installation import Installation
from bluegreen.settings import config_file
from bluegreen.store import owners, workers
from bluegreen.store.deployments import Store
from bluegreen.store.records import Records
from bluegreen.system import environment, installation
from cli.context import App
from cli.exits import ExitStatus
from cli.options import SERVICE


@click.command()
@SERVICE
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def claim(app: App, service: str, yes: bool) -> None:
    """Have SERVICE live on this host, by its config file.

    A claim is refused while a worker of the service's installation is alive. A deployment that is under way there
    ends as failed.
    """
    config_file.service_of(app.require_config(), service)
    here = installation.make(environment.config_path())
    with app.store() as store:
        owner = owners.of(store.redis, service)
        if owner is None or owner.id == here.id:
            click.echo(f"there is nothing to claim: {service} does not live on another installation")
            return
        _refuse_while_alive(store, service, owner, here)
        click.echo(
            f"{service} lives on {owner}, of which no worker is alive.\n"
            f"Afterwards it lives here, on {here}. Its history stays with that installation; what it has running "
            "there is not touched."
        )
        if not yes and not _confirm():
            click.echo("left as it is")
            raise click.exceptions.Exit(ExitStatus.USAGE)
        if not owners.hand_over(store.redis, service, owner, here):
            raise UsageError(f"{service} was claimed by another meanwhile", advice="Look: bluegreen status")
        _end_what_is_left(Store(store.redis, owner.id), service)
    click.echo(f"{service} lives here now: start a worker (bluegreen worker)")


def _refuse_while_alive(store: Records, service: str, owner: Installation, here: Installation) -> None:
    if workers.is_alive(store.redis, owner.id):
        raise UsageError(
            f"{service} cannot be claimed: a worker of its installation is alive",
            f"{service} belongs to {owner}; this is {here}",
            f"Stop that worker first; it counts as alive for {workers.BELIEVED_SECONDS} s after that.",
        )


def _end_what_is_left(store: Store, service: str) -> None:
    """No worker will bring these to their end."""
    for deployment in store.records(store.holders([service])):
        if store.unlock(deployment.id, environment.who()):
            click.echo(f"{deployment.id} has ended as failed: no worker continues it")


def _confirm() -> bool:
    try:
        return click.confirm("Claim it?")
    except click.Abort:  # nobody is there to answer
        return False
