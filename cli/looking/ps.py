"""ps: what runs on each colour."""

import json
from datetime import datetime
from functools import partial
from typing import Any

import click

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color
from bluegreen.traffic import health
from cli.completion import services
from cli.context import App
from cli.looking.here import Here, look
from cli.options import JSON
from cli.output.images import short_image
from cli.output.table import table
from cli.output.times import as_utc, readable

COLUMNS = ("service", "colour", "", "what runs", "release", "image", "since", "health", "address")


@click.command()
@click.argument("service", required=False, shell_complete=services)
@JSON
@click.pass_obj
def ps(app: App, service: str | None, as_json: bool) -> None:
    """Show what runs on each colour, and which colour is live.

    Background services have a line for each container. Run it on the deploy host. The health is what the health
    check's request gets now.
    """
    names = [service] if service or not app.config else sorted(app.config.services)
    seen = [
        each
        for name in names
        for here in [look(app, name or "")]
        for color in Color
        for each in (_describe(here, color), *_describe_background(here, color))
    ]
    if as_json:
        click.echo(json.dumps(seen))
        return
    for line in table(COLUMNS, [_cells(each) for each in seen]):
        click.echo(line)


def _describe(here: Here, color: Color) -> dict[str, Any]:
    found = here.site.runtime.look(color)
    address = str(here.site.runtime.address_on_host(color)) if found.running else None
    return _row(here, color, found, _health(here, color, found), address=address)


def _describe_background(here: Here, color: Color) -> list[dict[str, Any]]:
    """Of the services without traffic each container; none of what was never started."""
    if not here.site.settings.background or here.site.background is None:
        return []
    words = {True: "healthy", False: "unhealthy"}
    return [
        _row(here, color, each, words.get(each.healthy) if each.healthy is not None else None, background=name)
        for name, found in here.site.background.look(color).items()
        for each in found
    ]


def _row(
    here: Here,
    color: Color,
    found: Instance,
    health: str | None,
    background: str | None = None,
    address: str | None = None,
) -> dict[str, Any]:
    return {
        "service": here.site.name,
        "color": color,
        "background": background,
        "live": color is here.live,
        "running": found.running,
        "what": found.described,
        "deployment": found.deployment_id,
        "release": found.release,
        "image": found.image,
        "image_id": found.image_id,
        "since": as_utc(found.started) if found.started else None,
        "health": health,
        "address": address,
    }


def _health(here: Here, color: Color, found: Instance) -> str | None:
    """What the health check's request gets; of what does not run, nothing."""
    if not found.running:
        return None
    settings = here.site.settings.health
    protocol = here.deployment.protocol if here.deployment else "http"
    try:
        judged = health.ask_color(
            here.site.runtime, color, settings, protocol, partial(health.ask, health=settings)
        )
    except PhaseFailed as error:
        return error.what
    return f"{'healthy' if judged.good and found.healthy is not False else 'unhealthy'} ({judged})"


def _cells(each: dict[str, Any]) -> list[str]:
    image = f"{each['image']} {short_image(each['image_id'])}" if each["image"] else None
    return [
        f"{each['service']} {each['background']}" if each["background"] else each["service"],
        each["color"],
        "live" if each["live"] else "idle",
        each["what"],
        each["release"] or "-",
        image or "-",
        readable(datetime.fromisoformat(each["since"])) if each["since"] else "-",
        each["health"] or "-",
        each["address"] or "-",
    ]
