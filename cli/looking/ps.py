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

    Run it on the deploy host. The health is what the health check's request gets now.
    """
    names = [service] if service or not app.config else sorted(app.config.services)
    seen = [_describe(here, color) for name in names for here in [look(app, name or "")] for color in Color]
    if as_json:
        click.echo(json.dumps(seen))
        return
    for line in table(COLUMNS, [_cells(each) for each in seen]):
        click.echo(line)


def _describe(here: Here, color: Color) -> dict[str, Any]:
    found = here.site.runtime.look(color)
    return {
        "service": here.site.name,
        "color": color,
        "live": color is here.live,
        "running": found.running,
        "what": found.described,
        "deployment": found.deployment_id,
        "release": found.release,
        "image": found.image,
        "image_id": found.image_id,
        "since": as_utc(found.started) if found.started else None,
        "health": _health(here, color, found),
        "address": str(here.site.runtime.address_on_host(color)) if found.running else None,
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
        each["service"],
        each["color"],
        "live" if each["live"] else "idle",
        each["what"],
        each["release"] or "-",
        image or "-",
        readable(datetime.fromisoformat(each["since"])) if each["since"] else "-",
        each["health"] or "-",
        each["address"] or "-",
    ]
