"""abort, unlock: what ends a deployment before its time."""

import click

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.names import checked_service
from bluegreen.deployment.record import Record
from bluegreen.deployment.states import State
from bluegreen.store import requests, workers
from bluegreen.store.requests import Abort, Kind, Unlock
from bluegreen.system import environment
from cli.context import App
from cli.deploying.deploy import finish
from cli.deploying.request import ask_to_stop
from cli.exits import ExitStatus
from cli.options import JSON, SECONDS, SERVICE


@click.command()
@click.argument("deployment")
@click.option("--wait", "wait_seconds", type=SECONDS, help="Follow it to its end, for so many seconds at most.")
@JSON
@click.pass_obj
def abort(app: App, deployment: str, wait_seconds: float | None, as_json: bool) -> None:
    """Ask DEPLOYMENT (an id) to stop and roll back. Asking twice is the same as asking once."""
    with app.store() as store:
        record = app.require_record(store, deployment)
        is_waiting = not record.state.final and not workers.is_alive(store.redis, record.installation)
        if is_waiting:
            ask_to_stop(store, record)
            click.echo("bluegreen: no worker is alive where it belongs; it stops once one is back", err=True)
        elif not record.state.final:
            asked = Abort(deployment=record.id, requested_by=environment.who())
            requests.ask(store.redis, record.installation, Kind.ABORT, asked)
            record = app.require_record(store, deployment)
    stops = record.abort_requested_by or record.state in (State.ROLLING_BACK, State.ROLLED_BACK, State.EXPIRED)
    if not (stops or is_waiting):
        why = _ended(record.state) if record.state.final else "the old version has begun to stop"
        raise UsageError(f"{deployment} cannot be aborted: {why}", advice=_way_back(record))
    if wait_seconds is not None:
        finish(app, record, wait_seconds, as_json)
    click.echo(record.shown_as_json() if as_json else _asked(deployment, record.state))


def _way_back(record: Record) -> str:
    if record.state is State.FAILED:
        return f"bluegreen explain {record.id}"
    if record.from_color is None:
        return "It was the first deployment: there is no version before it."
    again = f"To have the version before it again: bluegreen rollback {record.service}"
    return again if record.state.final else f"{again}, once it is over (bluegreen watch {record.id})"


def _asked(deployment: str, state: State) -> str:
    if state.final:
        return f"{deployment}: {_ended(state)}"
    return f"{deployment} is asked to stop; follow it with: bluegreen watch {deployment}"


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
            f"Workers take over by themselves what was left behind, and bluegreen abort {holder.id} undoes it.\n"
            "Unlocking ends it as failed: no further phase runs, and nothing that was done is undone."
        )
        if not yes and not _confirmed():
            click.echo("left as it is")
            raise click.exceptions.Exit(ExitStatus.USAGE)
        asked = Unlock(deployment=holder.id, requested_by=environment.who())
        requests.ask(store.redis, holder.installation, Kind.UNLOCK, asked)
        record = app.require_record(store, holder.id)
    is_freed = record.state is State.FAILED
    click.echo(f"{service} is unlocked" if is_freed else f"{holder.id} has ended by itself")


def _confirmed() -> bool:
    try:
        return click.confirm("Unlock?")
    except click.Abort:  # nobody is there to answer
        return False
