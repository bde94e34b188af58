"""history, show: what was."""

import json
from collections.abc import Iterator, Sequence

import click

from bluegreen.deployment.record import Deployment, Release
from bluegreen.deployment.states import State
from bluegreen.store import events
from cli.context import App
from cli.looking.status import names_of
from cli.options import DEPLOYMENT, JSON, SERVICE, find_deployment
from cli.output.receipt import details
from cli.output.times import readable
from cli.output.view import ending, json_text

#: characters of an image's id that tell it from others
ID_LENGTH = 12
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
    for line in _table(records):
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
    for entry in deployment.phases:
        seconds = "" if entry.seconds is None else f"{entry.seconds:8.2f} s"
        click.echo(f"  {entry.name:<20} {entry.state:<8} {seconds:>10}  {entry.message}")
    for line in ending(deployment)[1:] if deployment.state.final else ending(deployment):
        click.echo(f"  {line}")
    for line in details(deployment.receipt) if deployment.receipt and deployment.receipt.began else ():
        click.echo(f"    {line}")


def _table(records: Sequence[Deployment]) -> Iterator[str]:
    """Nothing where there are none; else a line of names before one for each."""
    rows = [COLUMNS, *map(_cells, records)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows if records else ():
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


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
    if deployment.state is State.ABORTED:
        said.append(f"aborted by {deployment.abort_requested_by}")
    elif deployment.error:
        said.append(deployment.error.what)
    return " ".join("; ".join(said).split())


def short_image(image: str | None) -> str:
    """ "sha256:0123456789ab", of an image's id or digest."""
    if image is None:
        return "-"
    name, colon, number = image.rpartition(":")
    return f"{name.rpartition('@')[2]}{colon}{number[:ID_LENGTH]}"


def _image(release: Release) -> str:
    """What its compose file calls it, which one it is, and what a registry calls that one."""
    known = (release.image, release.image_id, release.image_digest)
    return ", ".join(each for each in known if each)
