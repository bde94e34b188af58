"""releases: what can be gone back to."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from cli.context import App
from cli.looking.here import look
from cli.options import JSON, SERVICE
from cli.output.images import short_image
from cli.output.table import table
from cli.output.times import as_utc, clock, readable

if TYPE_CHECKING:
    from tasks.releases import Candidate

COLUMNS = ("release", "image", "live", "stands on", "go back")
#: releases that the table has at most
SHOWN = 20


@click.command()
@SERVICE
@JSON
@click.pass_obj
def releases(app: App, service: str, as_json: bool) -> None:
    """What SERVICE can go back to, and what not.

    The release that was live last comes first. Each is there with its image, and with why it cannot be gone back
    to, where it cannot. Whether image and files are there is looked at now, so run it on the deploy host. To go
    back: bluegreen rollback SERVICE --to RELEASE
    """
    from tasks.releases import find_candidates

    here = look(app, service)
    with app.store() as store:
        history = app.home(store, service).history(service)
    found = [_describe(service, each) for each in find_candidates(here.site, history, here.release)]
    if as_json:
        click.echo(json.dumps(found))
        return
    for line in table(COLUMNS, [_cells(each) for each in found[:SHOWN]]):
        click.echo(line)
    if len(found) > SHOWN:
        click.echo(f"and {len(found) - SHOWN} older ones: bluegreen releases {service} --json has them all")
    if not found:
        click.echo(f"no release of {service} is known: neither a deployment that succeeded, nor an image")


def _describe(service: str, each: "Candidate") -> dict[str, Any]:
    return {
        "service": service,
        "release": each.release.name,
        "ref": each.release.ref,
        "commit": each.release.commit,
        "image": each.release.image,
        "image_id": each.release.image_id,
        "image_digest": each.release.image_digest,
        "deployment": each.stay.deployment_id if each.stay else None,
        "since": as_utc(each.stay.since) if each.stay else None,
        "until": as_utc(each.stay.until) if each.stay and each.stay.until else None,
        "live": each.is_live,
        "colors": {color: "running" if found.running else "stopped" for color, found in each.on.items()},
        "can_go_back": not each.why_not,
        "why_not": each.why_not or None,
    }


def _cells(each: dict[str, Any]) -> list[str]:
    image = f"{each['image']} {short_image(each['image_id'])}" if each["image_id"] else "-"
    colors = ", ".join(f"{color} ({state})" for color, state in each["colors"].items())
    go_back = "yes" if each["can_go_back"] else f"no: {each['why_not']}"
    return [each["release"], image, _when(each), colors or "-", go_back]


def _when(each: dict[str, Any]) -> str:
    if each["since"] is None:
        return "-"
    since = datetime.fromisoformat(each["since"])
    if each["live"]:
        return f"since {readable(since)}"
    if each["until"] is None:  # what serves in its place was not deployed, or failed
        return f"from {clock(since)} on"
    return f"{clock(since)} to {clock(datetime.fromisoformat(each['until']))}"
