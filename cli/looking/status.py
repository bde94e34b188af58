"""status, history, show: what was and what is."""

import json
from typing import Any

import click

from bluegreen.deployment.names import checked_service
from bluegreen.deployment.record import Deployment, Release
from bluegreen.store import events, observations, owners, workers
from bluegreen.store.clock import redis_time
from bluegreen.store.records import Records
from cli.completion import services
from cli.context import App
from cli.looking.serving import serving
from cli.options import JSON, SERVICE
from cli.output.receipt import details
from cli.output.view import ending, json_text


@click.command()
@click.argument("service", required=False, shell_complete=services)
@JSON
@click.pass_obj
def status(app: App, service: str | None, as_json: bool) -> None:
    """What is live, what is under way, and which workers serve it."""
    with app.store() as store:
        alive = workers.alive(store.redis)
        names = _names(app, store, service) or sorted(alive)
        states = [_status(app, store, name) | {"workers": alive.get(name, [])} for name in names]
    if as_json:
        click.echo(json.dumps(states[0] if service else states))
        return
    if not states:
        click.echo("nothing to show: there is no config file here, and no worker is running")
    for each in states:
        click.echo(f"{each['service']}: {_live_line(each['live'])}")
        if each["seen"]:
            click.echo(f"  seen {each['seen']['age']:.0f} s ago: {each['seen']['what']}")
        if each["running"]:
            click.echo(f"  under way: {each['running']['id']}, {each['running']['state']}")
        if each["freeze"]:
            click.echo(f"  frozen: {each['freeze']}")
        click.echo(f"  workers: {', '.join(each['workers']) or 'none is alive'}")
        if each["installation"]:
            click.echo(f"  lives on: {each['installation']['host']} ({each['installation']['config']})")


@click.command()
@SERVICE
@JSON
@click.pass_obj
def history(app: App, service: str, as_json: bool) -> None:
    """The deployments of SERVICE, oldest first."""
    with app.store() as store:
        _names(app, store, service)
        records = app.home(store, service).history(service)
    if as_json:
        click.echo(json.dumps([deployment.shown() for deployment in records]))
        return
    for deployment in records:
        click.echo(_line(deployment))


@click.command()
@click.argument("deployment_id", metavar="DEPLOYMENT")
@JSON
@click.pass_obj
def show(app: App, deployment_id: str, as_json: bool) -> None:
    """All that is known of DEPLOYMENT (an id)."""
    with app.store() as store:
        deployment = app.require_deployment(store, deployment_id)
        stored = list(events.read(store.redis, deployment.id))
    if as_json:
        click.echo(json_text(deployment, stored))
        return
    click.echo(_line(deployment))
    if deployment.release and deployment.release.image:
        click.echo(f"  image {_image(deployment.release)}")
    for entry in deployment.phases:
        seconds = "" if entry.seconds is None else f"{entry.seconds:8.2f} s"
        click.echo(f"  {entry.name:<20} {entry.state:<8} {seconds:>10}  {entry.message}")
    for line in ending(deployment)[1:] if deployment.state.final else ending(deployment):
        click.echo(f"  {line}")
    for line in details(deployment.receipt) if deployment.receipt and deployment.receipt.began else ():
        click.echo(f"    {line}")


def _names(app: App, store: Records, service: str | None) -> list[str]:
    """The service, or all of the config; none where there is neither."""
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
    return {
        "service": service,
        "installation": {"id": owner.id, "host": owner.host, "config": owner.config} if owner else None,
        "live": serving(app, home, service),
        "seen": _read_observation(home, service),
        "freeze": workers.freeze_of(store.redis, service),
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
    return f"{live['color']} {live['release']}" + (f" (since {live['since']})" if live["since"] else "")


def _image(release: Release) -> str:
    """What its compose file calls it, which one it is, and what a registry calls that one."""
    known = (release.image, release.image_id, release.image_digest)
    return ", ".join(each for each in known if each)


def _line(deployment: Deployment) -> str:
    release = deployment.release.name if deployment.release else deployment.ref or "-"
    colors = f"{deployment.from_color or '-'} → {deployment.to_color or '-'}"
    when = deployment.requested_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    freeze = f", in a freeze: {deployment.freeze_passed}" if deployment.freeze_passed else ""
    asked = f"{deployment.asked_by}{freeze}"
    return f"{deployment.id:<33} {when}  {deployment.state:<12} {colors:<14} {release:<20} {asked}"
