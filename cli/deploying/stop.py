"""abort, unlock: what ends a deployment before its time."""

import click

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.names import checked_service
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from bluegreen.store import requests, workers
from bluegreen.store.requests import Abort, Kind, Unlock
from bluegreen.system import environment
from cli.context import App
from cli.deploying.deploy import finish
from cli.deploying.request import ask_to_stop
from cli.exits import ExitStatus
from cli.options import DEPLOYMENT, JSON, SECONDS, SERVICE, find_deployment


@click.command()
@DEPLOYMENT
@click.option(
    "--wait", "wait_seconds", type=SECONDS, help="Follow the deployment to its end, for at most so many seconds."
)
@JSON
@click.pass_obj
def abort(app: App, deployment_id: str, wait_seconds: float | None, as_json: bool) -> None:
    """Ask DEPLOYMENT to stop and roll back. Asking twice is the same as asking once."""
    with app.store() as store:
        deployment = find_deployment(store, deployment_id)
        is_waiting = not deployment.state.final and not workers.is_alive(store.redis, deployment.installation)
        if is_waiting:
            ask_to_stop(store, deployment)
            click.echo(
                "bluegreen: no worker is alive for the deployment; the deployment stops once a worker is back",
                err=True,
            )
        elif not deployment.state.final:
            asked = Abort(deployment_id=deployment.id, requested_by=environment.who())
            requests.ask(store.redis, deployment.installation, Kind.ABORT, asked)
            deployment = find_deployment(store, deployment.id)
    stops = deployment.abort_requested_by or deployment.state in (
        State.ROLLING_BACK,
        State.ROLLED_BACK,
        State.EXPIRED,
    )
    if not (stops or is_waiting):
        why = _ended(deployment.state) if deployment.state.final else "the old version has begun to stop"
        raise UsageError(f"{deployment.id} cannot be aborted: {why}", advice=_way_back(deployment))
    if wait_seconds is not None:
        finish(app, deployment, wait_seconds, as_json)
    click.echo(deployment.shown_as_json() if as_json else _asked(deployment.id, deployment.state))


def _way_back(deployment: Deployment) -> str:
    if deployment.state is State.FAILED:
        return f"bluegreen explain {deployment.id}"
    if deployment.from_color is None:
        return "It was the first deployment: there is no version before it."
    again = f"To have the version before it again: bluegreen rollback {deployment.service}"
    return again if deployment.state.final else f"{again}, once it is over (bluegreen watch {deployment.id})"


def _asked(deployment_id: str, state: State) -> str:
    if state.final:
        return f"{deployment_id}: {_ended(state)}"
    return f"{deployment_id} is asked to stop; follow it with: bluegreen watch {deployment_id}"


def _ended(state: State) -> str:
    return f"it has ended: {state.words}"


@click.command()
@SERVICE
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def unlock(app: App, service: str, yes: bool) -> None:
    """End, as failed, the deployment that locks SERVICE. Undoes nothing."""
    checked_service(service)
    with app.store() as store:
        holder = app.home(store, service).holder(service)
        if holder is None or holder.state.final:
            raise UsageError(f"{service} is not locked")
        at_work = "a worker is at it right now" if store.is_leased(holder.id) else "no worker is at it"
        click.echo(
            f"{holder.id}, asked for by {holder.asked_by} {holder.seconds:.0f} s ago, "
            f"is {holder.state.words}{f' ({holder.phase})' if holder.phase else ''}; {at_work}.\n"
            f"Workers take over by themselves what was left behind, and bluegreen abort {holder.id} undoes all.\n"
            "Unlocking ends the deployment as failed: no further phase runs, and nothing that was done is undone."
        )
        if not yes and not _confirm():
            click.echo("left as it is")
            raise click.exceptions.Exit(ExitStatus.USAGE)
        asked = Unlock(deployment_id=holder.id, requested_by=environment.who())
        requests.ask(store.redis, holder.installation, Kind.UNLOCK, asked)
        deployment = find_deployment(store, holder.id)
    is_freed = deployment.state is State.FAILED
    click.echo(f"{service} is unlocked" if is_freed else f"{holder.id} has ended by itself")


def _confirm() -> bool:
    try:
        return click.confirm("Unlock?")
    except click.Abort:  # nobody is there to answer
        return False
