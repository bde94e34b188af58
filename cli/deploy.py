"""deploy, rollback, watch, abort: what starts a deployment, follows it and stops it."""

import math
from typing import Any

import click
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from cli.context import App
from cli.exits import ExitStatus, of_state
from cli.follow import follow
from cli.view import shown_to
from deployment import environment
from deployment.errors import RedisUnavailable, UsageError
from deployment.record import Record
from deployment.refs import checked_ref, checked_service
from deployment.store import Store
from workflows.deploy import launch


def _finite(_context: click.Context, _parameter: click.Parameter, seconds: float) -> float:
    if not math.isfinite(seconds):
        raise click.BadParameter("should be a number of seconds")
    return seconds


WAIT = click.option(
    "--wait",
    "wait_seconds",
    type=click.FloatRange(0, 30 * 86400),
    callback=_finite,
    default=3600,
    show_default=True,
    help="Seconds to wait for the end.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the record as one JSON object.")
DETACH = click.option("--detach", is_flag=True, help="Print the id and do not wait.")


@click.command()
@click.argument("service")
@click.option("--ref", help="Branch, tag or commit; without it the workspace as it is.")
@DETACH
@WAIT
@JSON
@click.pass_obj
def deploy(app: App, service: str, ref: str | None, detach: bool, wait_seconds: float, as_json: bool) -> None:
    """Deploy SERVICE and wait for the end."""
    checked_service(service)
    if ref is not None:
        checked_ref(ref)
    with app.store() as store:
        app.require_service(store, service)
        record = _enqueue(store, service, ref=ref)
    _finish(app, record, detach, wait_seconds, as_json)


@click.command()
@click.argument("service")
@DETACH
@WAIT
@JSON
@click.pass_obj
def rollback(app: App, service: str, detach: bool, wait_seconds: float, as_json: bool) -> None:
    """Make the release that served before the live one live again, without a build."""
    checked_service(service)
    with app.store() as store:
        app.require_service(store, service)
        live = store.live(service)
        if live is None or live.from_release is None:
            raise UsageError(
                f"{service}: no release is known from before the live one",
                advice=f"Deploy the version that you want: bluegreen deploy {service} --ref REF",
            )
        record = _enqueue(store, service, ref=live.from_release.ref, kind="rollback")
    _finish(app, record, detach, wait_seconds, as_json)


@click.command()
@click.argument("deployment")
@WAIT
@JSON
@click.pass_obj
def watch(app: App, deployment: str, wait_seconds: float, as_json: bool) -> None:
    """Follow DEPLOYMENT (an id) to its end, from its first event on."""
    with app.store() as store:
        record = app.require_record(store, deployment)
    _finish(app, record, False, wait_seconds, as_json)


@click.command()
@click.argument("deployment")
@click.pass_obj
def abort(app: App, deployment: str) -> None:
    """Ask DEPLOYMENT (an id) to stop and roll back."""
    with app.store() as store:
        record = app.require_record(store, deployment)
        if not store.request_abort(deployment, environment.who()):
            raise UsageError(
                f"{deployment} cannot be aborted: it is {record.state}"
                + (", and the old version has begun to stop" if record.past_return else "")
            )
    click.echo(f"{deployment} is asked to stop; follow it with: bluegreen watch {deployment}")


@click.command()
@click.argument("service")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def unlock(app: App, service: str, yes: bool) -> None:
    """Free the lock of SERVICE by ending, as failed, the deployment that holds it. Undoes nothing."""
    checked_service(service)
    with app.store() as store:
        holder = store.holder(service)
        if holder is None or holder.state.final:
            raise UsageError(f"{service} is not locked")
        at_work = "a worker is at it right now" if store.is_leased(holder.id) else "no worker is at it"
        click.echo(
            f"{holder.id}, asked for by {holder.requested_by} {holder.seconds:.0f} s ago, "
            f"is {holder.state} in {holder.phase}; {at_work}.\n"
            f"Workers take over by themselves what was left behind, and bluegreen abort {holder.id} undoes it.\n"
            "Unlocking ends it as failed: no further phase runs, and nothing that was done is undone."
        )
        if not yes and not _confirmed():
            click.echo("left as it is")
            raise click.exceptions.Exit(ExitStatus.USAGE)
        freed = store.unlock(holder.id, environment.who())
    click.echo(f"{service} is unlocked" if freed else f"{holder.id} has ended by itself")


def _confirmed() -> bool:
    try:
        return click.confirm("Unlock?")
    except click.Abort:  # nobody is there to answer
        return False


def _enqueue(store: Store, service: str, **fields: Any) -> Record:
    record = store.create(service, environment.who(), **fields)
    try:
        launch(record)
    except (OperationalError, RedisError) as error:
        # It is recorded, and that is what counts: a worker's sweep finds it without a message, and sends one.
        click.echo(f"bluegreen: {record.id} is recorded, but could not be sent: {error}", err=True)
    return record


def _finish(app: App, record: Record, detach: bool, wait_seconds: float, as_json: bool) -> None:
    """Wait for the end unless detached, show it, and exit with its status."""
    if detach:
        click.echo(record.model_dump_json() if as_json else record.id)
        return
    try:
        with app.store(patience=wait_seconds) as store, shown_to(record, as_json) as view:
            record = follow(store, record, wait_seconds, view)
    except RedisUnavailable as error:
        click.echo(f"bluegreen: {error}\n{record.id} goes on without us", err=True)
        raise click.exceptions.Exit(ExitStatus.WAIT_RAN_OUT) from None
    if as_json:
        click.echo(record.model_dump_json())
    raise click.exceptions.Exit(of_state(record.state))
