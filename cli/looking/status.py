"""status: what is."""

import json
from datetime import datetime
from typing import Any

import click
import msgspec

from bluegreen.deployment.names import checked_service
from bluegreen.deployment.states import State
from bluegreen.store import maintenances, observations, owners, workers
from bluegreen.store.clock import redis_time
from bluegreen.store.records import Records
from cli.completion import services
from cli.context import App
from cli.looking.serving import serving
from cli.options import JSON
from cli.output.maintenance import maintenance_lines
from cli.output.times import readable
from cli.output.view import waiting


@click.command()
@click.argument("service", required=False, shell_complete=services)
@JSON
@click.pass_obj
def status(app: App, service: str | None, as_json: bool) -> None:
    """What is live, what is under way, and which workers serve it."""
    with app.store() as store:
        alive = workers.alive(store.redis)
        names = names_of(app, store, service) or sorted(alive)
        states = [_status(app, store, name) | {"workers": alive.get(name, [])} for name in names]
    if as_json:
        click.echo(json.dumps(states[0] if service else states))
        return
    if not states:
        click.echo("nothing to show: there is no config file here, and no worker is running")
    for each in states:
        for line in each["warning"]:
            click.echo(f"{each['service']}: {line}")
        click.echo(f"{each['service']}: {_live_line(each['live'])}")
        if each["seen"]:
            click.echo(f"  seen {each['seen']['age']:.0f} s ago: {each['seen']['what']}")
        if each["running"]:
            click.echo(f"  under way: {each['running']['id']}, {each['running']['state'].replace('_', ' ')}")
        for line in each["promotion"]:
            click.echo(f"    {line}")
        if each["freeze"]:
            click.echo(f"  frozen: {each['freeze']}")
        click.echo(f"  workers: {', '.join(each['workers']) or 'none is alive'}")
        if each["installation"]:
            click.echo(f"  lives on: {each['installation']['host']} ({each['installation']['config']})")


def names_of(app: App, store: Records, service: str | None) -> list[str]:
    """The service, which must be known, or all of the config; none where there is neither."""
    if service is not None:
        checked_service(service)
        is_known = (
            service in app.config.services if app.config else bool(app.home(store, service).history(service))
        )
        if not is_known:
            app.require_configured(service)
            workers.serving(store.redis, service)
        return [service]
    return sorted(app.config.services) if app.config else []


def _status(app: App, store: Records, service: str) -> dict[str, Any]:
    owner = owners.of(store.redis, service)
    home = store.home(service)
    # not store.holder: a record that cannot be read must not hide the other services
    holder = next(iter(home.records(home.holders([service]))), None)
    maintenance = maintenances.read(store.redis, home.installation, service)
    return {
        "service": service,
        "maintenance": msgspec.to_builtins(maintenance.announced) if maintenance else None,
        "warning": maintenance_lines(maintenance) if maintenance else [],
        "installation": {"id": owner.id, "host": owner.host, "config": owner.config} if owner else None,
        "live": serving(app, home, service),
        "seen": _read_observation(home, service),
        "freeze": workers.freeze_of(store.redis, service),
        "promotion": waiting(holder)[1:] if holder and holder.state is State.AWAITING_PROMOTION else [],
        "running": holder.shown() if holder and not holder.state.final else None,
    }


def _read_observation(home: Records, service: str) -> dict[str, Any] | None:
    """What a worker has seen of it last, and how long ago."""
    seen = observations.read(home.redis, home.installation, service)
    if seen is None:
        return None
    age = seen.age(redis_time(home.redis))
    return {"serves": seen.serves, "color": seen.color, "what": seen.sentence, "age": round(age, 1)}


def _live_line(live: dict[str, Any] | None) -> str:
    if live is None:
        return "nothing deployed yet"
    if live["failed_since"]:
        before = f"{live['color']} {live['release']} was" if live["release"] else "nothing was"
        return f"{before} live before {live['failed_since']} failed: nginx, on the deploy host, says what is now"
    since = f" (since {readable(datetime.fromisoformat(live['since']))})" if live["since"] else ""
    return f"{live['color']} {live['release']}{since}"
