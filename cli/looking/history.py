"""history, show: what was."""

import json

import click

from bluegreen.deployment.record import Deployment, Release
from bluegreen.deployment.states import State
from bluegreen.store import events
from cli.context import App
from cli.looking.status import names_of
from cli.options import DEPLOYMENT, JSON, SERVICE, find_deployment
from cli.output.images import short_image
from cli.output.receipt import details
from cli.output.table import table
from cli.output.times import readable
from cli.output.view import ending, json_text

COLUMNS = ("id", "asked for", "kind", "state", "took", "colours", "release", "image", "reason")


@click.command()
@SERVICE
@JSON
@click.pass_obj
def history(app: App, service: str, as_json: bool) -> None:
    """The deployments of SERVICE, oldest first.

    Each with who asked for it and why, and with why it did not succeed. Times are in the zone of this machine.
    """
    with app.store() as store:
        names_of(app, store, service)
        records = app.home(store, service).history(service)
    if as_json:
        click.echo(json.dumps([deployment.shown() for deployment in records]))
        return
    for line in table(COLUMNS, [_cells(each) for each in records]):
        click.echo(line)


@click.command()
@DEPLOYMENT
@JSON
@click.pass_obj
def show(app: App, deployment_id: str, as_json: bool) -> None:
    """All that is known of DEPLOYMENT."""
    with app.store() as store:
        deployment = find_deployment(store, deployment_id)
        stored = list(events.read(store.redis, deployment.id))
    if as_json:
        click.echo(json_text(deployment, stored))
        return
    click.echo("  ".join(_cells(deployment)))
    if deployment.release and deployment.release.image:
        click.echo(f"  image {_image(deployment.release)}")
    if deployment.approval and deployment.approval.promoted_at:
        click.echo(f"  {deployment.approval.words}, {readable(deployment.approval.promoted_at)}")
    if deployment.irreversible:
        click.echo("  its migrations do not go back")
    for entry in deployment.phases:
        seconds = "" if entry.seconds is None else f"{entry.seconds:8.2f} s"
        click.echo(f"  {entry.name:<20} {entry.state:<8} {seconds:>10}  {entry.message}")
    for line in _preview(deployment):
        click.echo(f"  {line}")
    for line in ending(deployment)[1:] if deployment.state.final else ending(deployment):
        click.echo(f"  {line}")
    for line in details(deployment.receipt) if deployment.receipt and deployment.receipt.began else ():
        click.echo(f"    {line}")


def _cells(deployment: Deployment) -> tuple[str, ...]:
    release = deployment.release
    return (
        deployment.id,
        readable(deployment.requested_at),
        deployment.kind,
        deployment.state.words,
        f"{deployment.seconds:.1f} s",
        f"{deployment.from_color or '-'} → {deployment.to_color or '-'}",
        release.name if release else deployment.ref or "-",
        short_image(release.image_digest or release.image_id) if release else "-",
        _reason(deployment),
    )


def _reason(deployment: Deployment) -> str:
    """Why there was this deployment, and why it ended otherwise than it should."""
    said = [deployment.asked_by]
    if deployment.freeze_passed:
        said.append(f"in a freeze: {deployment.freeze_passed}")
    if deployment.crossed:
        said.append(deployment.crossing)
    if deployment.live_check_overridden:
        said.append(f"whatever the migrations do to the live version: {deployment.live_check_overridden}")
    if deployment.approval and deployment.approval.is_given:
        said.append(deployment.approval.words)
    if deployment.state is State.ABORTED:
        said.append(f"aborted by {deployment.abort_requested_by}")
    elif deployment.error:
        said.append(deployment.error.what)
    return " ".join("; ".join(said).split())


def _preview(deployment: Deployment) -> list[str]:
    """How it is reached before its switch; what waits says so among its commands."""
    if deployment.preview is None or deployment.state is State.AWAITING_PROMOTION:
        return []
    if deployment.state.final:
        closing = f"the next deployment closes it, or: bluegreen repair {deployment.service}"
        return [f"its preview was never closed ({deployment.preview.words}); {closing}"]
    return [f"its preview: {deployment.preview.words}"]


def _image(release: Release) -> str:
    """What its compose file calls it, which one it is, and what a registry calls that one."""
    known = (release.image, release.image_id, release.image_digest)
    return ", ".join(each for each in known if each)
