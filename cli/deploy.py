"""deploy, rollback, watch: what starts a deployment and follows it."""

from collections.abc import Callable, Collection
from typing import Any

import click

from cli.context import App
from cli.exits import ExitStatus, of_state
from cli.follow import follow
from cli.options import JSON, SERVICE, WAIT
from cli.request import Request, enqueue, request_options
from cli.terminate import told_to_stop
from cli.view import shown_to
from deployment import environment, workers
from deployment.errors import RedisUnavailable, UsageError
from deployment.record import Record
from deployment.refs import checked_reason, checked_ref, checked_service
from deployment.states import Phase, State
from deployment.store import Store


def _word(_context: click.Context, _parameter: click.Parameter, why: str | None) -> str | None:
    return None if why is None else checked_reason(why)


@click.command()
@SERVICE
@click.option("--ref", help="Branch, tag or commit; without it the workspace as it is.")
@click.option("--override-freeze", "why", callback=_word, help="Deploy in a freeze; why, the history keeps.")
@request_options
@click.pass_obj
def deploy(app: App, service: str, ref: str | None, why: str | None, request: Request) -> None:
    """Deploy SERVICE and wait for the end. SIGTERM aborts the deployment, and waits for its rollback."""
    if ref is not None:
        checked_ref(ref)
    app.require_configured(checked_service(service))

    def fields(store: Store) -> dict[str, Any]:
        # Of the commands here this one alone needs it, and a rollback should not wait for it to load.
        from deployment import freezes

        freeze = workers.freeze_of(store.redis, service)
        return {"ref": ref, "freeze_passed": freezes.passed(service, freeze, why)}

    _ask(app, service, request, fields)


@click.command()
@SERVICE
@request_options
@click.pass_obj
def rollback(app: App, service: str, request: Request) -> None:
    """Make the release from before the live one live again.

    Nothing is built, and a freeze is no hindrance; nor is a mistake in the config file, where BLUEGREEN_REDIS_URL
    is set. A deployment that has switched the traffic, but has not begun to stop the old version, is aborted for
    it.
    """

    def fields(store: Store) -> dict[str, Any]:
        if not any(each.from_release for each in store.history(service)):
            raise UsageError(
                f"{service}: no release is known from before the live one",
                advice=f"Deploy the version that you want: bluegreen deploy {service} --ref REF",
            )
        return {"kind": "rollback"}

    checked_service(service)
    with app.store() as store:
        turned = _turned_back(store, service)
    if turned is None:
        _ask(app, service, request, fields)
    elif request.detach:
        click.echo(turned.shown_as_json() if request.as_json else turned.id)
    else:
        finish(app, turned, request.wait_seconds, request.as_json, wanted=(State.ABORTED, State.ROLLED_BACK))


def _turned_back(store: Store, service: str) -> Record | None:
    """The deployment under way whose abort brings back what served before; None when there is none."""
    holder = store.holder(service)
    if holder is None or holder.phase_record(Phase.SWITCH_TRAFFIC) is None:
        return None
    return holder if store.request_abort(holder.id, environment.who()) else None


@click.command()
@click.argument("deployment")
@WAIT
@JSON
@click.pass_obj
def watch(app: App, deployment: str, wait_seconds: float, as_json: bool) -> None:
    """Follow DEPLOYMENT (an id) to its end, from its first event on."""
    with app.store() as store:
        record = app.require_record(store, deployment)
    finish(app, record, wait_seconds, as_json)


def _ask(app: App, service: str, request: Request, fields: Callable[[Store], dict[str, Any]]) -> None:
    with told_to_stop() as stopped:
        with app.store() as store:
            record = enqueue(store, service, request, stopped, lambda: fields(store))
        if request.detach:
            click.echo(record.shown_as_json() if request.as_json else record.id)
        else:
            finish(app, record, request.wait_seconds, request.as_json, stopped)


def finish(
    app: App,
    record: Record,
    wait_seconds: float,
    as_json: bool,
    stopped: Callable[[], bool] | None = None,
    wanted: Collection[State] = (State.SUCCEEDED,),
) -> None:
    """Wait for the end, show it, and exit with its status, 0 for a `wanted` one.

    Abort the deployment once `stopped` says so.
    """
    try:
        with app.store(patience=wait_seconds) as store, shown_to(record, as_json) as view:
            record = follow(store, record, wait_seconds, view, lambda: _pass_on(store, record, stopped))
    except RedisUnavailable as error:
        click.echo(f"bluegreen: {error}\n{record.id} keeps running", err=True)
        raise click.exceptions.Exit(ExitStatus.WAIT_RAN_OUT) from None
    if as_json:
        click.echo(record.shown_as_json())
    raise click.exceptions.Exit(ExitStatus.SUCCEEDED if record.state in wanted else of_state(record.state))


def _pass_on(store: Store, record: Record, stopped: Callable[[], bool] | None) -> bool:
    """Have the deployment aborted once the client is told to stop; the client waits on, for the rollback."""
    if stopped and stopped():
        store.request_abort(record.id, environment.who())
    return False
