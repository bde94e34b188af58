"""deploy, rollback, watch: what starts a deployment and follows it."""

from collections.abc import Callable, Collection
from typing import Any

import click

from bluegreen.deployment.errors import RedisUnavailable
from bluegreen.deployment.names import (
    GOING_BACK,
    checked_ref,
    checked_release,
    checked_service,
)
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from bluegreen.store.records import Records
from bluegreen.store.requests import Asked, Deploy, Kind, Redeploy, Rollback
from bluegreen.system import environment
from cli.context import App
from cli.deploying.follow import follow
from cli.deploying.options import HOLD, OVERRIDE_FREEZE, OVERRIDE_LIVE_CHECK, UNTIL_PROMOTION, word_of
from cli.deploying.request import Request, ask_to_stop, place, request_options
from cli.exits import ExitStatus, of_state
from cli.options import DEPLOYMENT, JSON, SERVICE, WAIT, find_deployment, patience
from cli.output.view import view_of
from cli.signals import catch_stop


@click.command()
@SERVICE
@click.option("--ref", help="Branch, tag or commit; without it the workspace as it is.")
@OVERRIDE_FREEZE
@OVERRIDE_LIVE_CHECK
@HOLD
@click.option(
    "--under-maintenance",
    is_flag=True,
    help="Users get the maintenance page from before the migration until the new version serves.",
)
@UNTIL_PROMOTION
@request_options
@click.pass_obj
def deploy(
    app: App,
    service: str,
    ref: str | None,
    why: str | None,
    live_check: str | None,
    hold: bool,
    under_maintenance: bool,
    until_promotion: bool,
    request: Request,
) -> None:
    """Deploy SERVICE and wait for the end. SIGTERM aborts the deployment, and waits for its rollback."""
    if ref is not None:
        checked_ref(ref)
    app.require_configured(checked_service(service))

    asked = Deploy(
        ref=ref,
        why=why,
        live_check=live_check,
        hold=hold,
        under_maintenance=under_maintenance,
        **_common(service, request),
    )
    _ask(app, service, request, Kind.DEPLOY, asked, until_promotion)


@click.command()
@SERVICE
@click.option("--to", help="The release to go back to, by its name: bluegreen releases lists them.")
@click.option(
    "--anyway",
    callback=word_of(GOING_BACK),
    help="Go back over migrations that do not go back; the history keeps this reason.",
)
@request_options
@click.pass_obj
def rollback(app: App, service: str, to: str | None, anyway: str | None, request: Request) -> None:
    """Go back to the release before, or an older one.

    The release from before the live one, or the one of --to, starts from its own image: nothing is built. A freeze
    does not stop a rollback; nor does a mistake in the config file, if BLUEGREEN_REDIS_URL is set. A running
    deployment that has switched the traffic, but has not begun to stop the old version, is aborted, where that is
    the version to go back to.
    """
    checked_service(service)
    to = None if to is None else checked_release(to)
    _ask(app, service, request, Kind.ROLLBACK, Rollback(to=to, anyway=anyway, **_common(service, request)))


@click.command()
@SERVICE
@OVERRIDE_FREEZE
@HOLD
@UNTIL_PROMOTION
@request_options
@click.pass_obj
def redeploy(app: App, service: str, why: str | None, hold: bool, until_promotion: bool, request: Request) -> None:
    """Start the live release again, in today's environment.

    It starts on the other colour, and takes the traffic. That is for changed env files and settings. Nothing is
    built, no ref is looked up, and no migrations run. Health check and switch are those of any deployment.
    """
    app.require_configured(checked_service(service))
    asked = Redeploy(why=why, hold=hold, **_common(service, request))
    _ask(app, service, request, Kind.REDEPLOY, asked, until_promotion)


def _common(service: str, request: Request) -> dict[str, Any]:
    return {
        "service": service,
        "requested_by": environment.who(),
        "request_url": environment.build_url(),
        "starting_seconds": request.starting_deadline,
    }


@click.command()
@DEPLOYMENT
@UNTIL_PROMOTION
@WAIT
@JSON
@click.pass_obj
def watch(app: App, deployment_id: str, until_promotion: bool, wait_seconds: float | None, as_json: bool) -> None:
    """Follow DEPLOYMENT to its end, from its first event on."""
    with app.store() as store:
        deployment = find_deployment(store, deployment_id)
    finish(app, deployment, wait_seconds, as_json, until_promotion=until_promotion)


def _ask(
    app: App, service: str, request: Request, kind: Kind, asked: Asked, until_promotion: bool = False
) -> None:
    with catch_stop() as stopped:
        with app.store() as store:
            deployment = place(app, store, service, request, stopped, kind, asked)
        if request.detach:
            click.echo(deployment.shown_as_json() if request.as_json else deployment.id)
            return
        # another one that is under way is aborted, or undone; a new one is a rollback itself
        is_undone = deployment.abort_requested_by is not None or deployment.to_adopted
        turned_back = kind is Kind.ROLLBACK and is_undone
        wanted = (State.ABORTED, State.ROLLED_BACK) if turned_back else (State.SUCCEEDED,)
        finish(app, deployment, request.wait_seconds, request.as_json, stopped, wanted, until_promotion)


def finish(
    app: App,
    deployment: Deployment,
    wait_seconds: float | None,
    as_json: bool,
    stopped: Callable[[], bool] | None = None,
    wanted: Collection[State] = (State.SUCCEEDED,),
    until_promotion: bool = False,
) -> None:
    """Wait for the end, show it, and exit with its status, 0 for a `wanted` state.

    Abort the deployment once `stopped` says so. `until_promotion`: do not wait on while it waits for that.
    """
    stopping, seconds = Stopping(stopped), patience(wait_seconds, deployment)
    try:
        with app.store(patience=seconds) as store, view_of(deployment, as_json) as view:
            deployment = follow(
                store, deployment, seconds, view, lambda: stopping.pass_on(store, deployment), until_promotion
            )
    except RedisUnavailable as error:
        click.echo(f"bluegreen: {error}\n{deployment.id} keeps running", err=True)
        raise click.exceptions.Exit(ExitStatus.WAIT_RAN_OUT) from None
    raise click.exceptions.Exit(ExitStatus.SUCCEEDED if deployment.state in wanted else of_state(deployment.state))


class Stopping:
    """Has the deployment aborted once the client gets SIGTERM; the client waits on, for the rollback."""

    def __init__(self, stopped: Callable[[], bool] | None) -> None:
        self._stopped = stopped
        self._is_asked = False

    def pass_on(self, store: Records, deployment: Deployment) -> bool:
        """Ask once. Always False: the wait goes on."""
        if self._stopped and self._stopped() and not self._is_asked:
            ask_to_stop(store, deployment)
            self._is_asked = True
        return False
