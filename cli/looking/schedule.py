"""schedule: when the next runs are, and what became of the last."""

import json
from datetime import datetime
from itertools import islice
from typing import Any

import click

from bluegreen.settings import config_file, freezes
from bluegreen.settings.schedule import Schedule
from bluegreen.settings.service import Config
from bluegreen.store import schedules
from bluegreen.store.clock import redis_time
from bluegreen.store.records import Records
from cli.completion import services
from cli.context import App
from cli.options import JSON
from cli.output.times import as_utc, readable


@click.command()
@click.argument("service", required=False, shell_complete=services)
@click.option("--count", type=click.IntRange(1, 100), default=3, show_default=True, help="Runs of each service.")
@JSON
@click.pass_obj
def schedule(app: App, service: str | None, count: int, as_json: bool) -> None:
    """Show the next scheduled runs, and how the last one went.

    The schedules are those of the config file here. A run that falls into a freeze is marked.
    Times are in the zone of this machine.
    """
    config = app.require_config()
    if service is not None:
        config_file.service_of(config, service)
    with app.store() as store:
        moment, home = redis_time(store.redis), app.here.id if app.here else ""
        beat = schedules.alive(store.redis, home)
        found = [
            _describe(store.at(home), config, name, each.schedule, moment, count)
            for name, each in config.services.items()
            if each.schedule and service in (None, name)
        ]
    if as_json:
        click.echo(json.dumps({"beat": beat, "services": found}))
        return
    for each in found:
        _show(each)
    if not found:
        click.echo(f"{service or 'no service'} has {'no' if service else 'a'} schedule")
    elif beat is None:
        click.echo(
            "no beat is running: nothing will happen. Start one on the deploy host (bluegreen beat)", err=True
        )


def _describe(
    store: Records, config: Config, name: str, schedule: Schedule, moment: datetime, count: int
) -> dict[str, Any]:
    cursor = schedules.read(store.redis, store.installation, name)
    last = (
        store.get(cursor.deployment_id)
        if cursor and cursor.outcome == cursor.deployment_id and cursor.deployment_id
        else None
    )
    return {
        "service": name,
        "schedule": f"{schedule.crontab} ({schedule.timezone})",
        "deploys": schedule.newest_tag or schedule.ref,
        "last": {
            "time": as_utc(cursor.decided),
            "outcome": f"{last.id} {last.state}" if last else cursor.outcome,
        }
        if cursor and cursor.outcome
        else None,
        "next": [
            {"time": as_utc(each), "freeze": freezes.in_force(config.freezes, name, each)}
            for each in islice(schedule.runs(moment), count)
        ],
    }


def _show(each: dict[str, Any]) -> None:
    click.echo(f"{each['service']}: {each['schedule']}, {each['deploys'] or 'as the sources are'}")
    if last := each["last"]:
        click.echo(f"  last  {_readable(last['time'])}  {last['outcome']}")
    for run in each["next"]:
        click.echo(f"  next  {_readable(run['time'])}" + (f"  skipped: {run['freeze']}" if run["freeze"] else ""))


def _readable(text: str) -> str:
    return readable(datetime.fromisoformat(text))
