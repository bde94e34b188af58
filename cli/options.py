"""Arguments and options that several commands have, and what is meant by them."""

import math
from typing import Any

import click

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.names import checked_deployment
from bluegreen.deployment.record import Deployment
from bluegreen.store import owners, workers
from bluegreen.store.records import Records
from cli.completion import services
from cli.context import App

#: ids that an error lists at most
LISTED = 10
#: seconds that a command waits for the end of a deployment, unless it says otherwise
HOUR = 3600.0


class _Seconds(click.FloatRange):
    """A number of seconds, at most a month."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds: float = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail("should be a number of seconds", param, ctx)
        return seconds


#: of what runs on: for people, or a line of JSON each
log_format = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    envvar="BLUEGREEN_LOG_FORMAT",
    help="For people, or an object a line.",
)


def only_service(app: App) -> str:
    """The one service of the config file, else of the workers. UsageError unless there is exactly one."""
    if app.config:
        known = sorted(app.config.services)
    else:
        with app.store() as store:
            known = sorted(workers.alive(store.redis))
    if len(known) == 1:
        return known[0]
    raise UsageError(
        "which service is meant?" if known else "there is no service to choose: no config file, and no worker",
        f"services: {', '.join(known)}" if known else "",
        "Name one of them."
        if known
        else "Name the service, or start a worker on the deploy host (bluegreen worker).",
    )


def _service(context: click.Context, _parameter: click.Parameter, given: str | None) -> str | None:
    if given is not None or context.resilient_parsing:
        return given
    return only_service(context.ensure_object(App))


def find_deployment(store: Records, given: str) -> Deployment:
    """The deployment that is meant: by its id, the beginning of its id, or its service, whose last one it is.

    Raises UsageError when there is none, or more than one whose id begins so.
    """
    if found := store.get(checked_deployment(given)):
        return found
    ids = _list_meant(store, given)
    if len(ids) > 1:
        left = f", and {len(ids) - LISTED} more" if len(ids) > LISTED else ""
        raise UsageError(
            f"{given!r} is the beginning of {len(ids)} deployment ids",
            f"newest first: {', '.join(ids[::-1][:LISTED])}{left}",
            "Write more of the one that is meant.",
        )
    found = store.get(ids[0]) if ids else None
    if found is None:
        raise UsageError(
            f"there is no deployment {given!r}",
            advice="bluegreen history SERVICE lists them. If Redis has lost its data: what nginx served, it still "
            "serves, and the next deployment goes on from there.",
        )
    return found


def patience(wait_seconds: float | None, deployment: Deployment | None = None) -> float:
    """The seconds of `--wait`; by default an hour, and what the deployment may wait for a promotion."""
    if wait_seconds is not None:
        return wait_seconds
    return HOUR + (deployment.approval.timeout if deployment and deployment.approval else 0)


def _list_meant(store: Records, given: str) -> list[str]:
    """The ids that a service's name or the beginning of an id may stand for."""
    homes = owners.every(store.redis)
    if home := homes.get(given):
        return store.at(home.id).list_ids(given)[-1:]
    near = [each for each in homes if each.startswith(given) or given.startswith(f"{each}-")]
    known = [each for service in near for each in store.at(homes[service].id).list_ids(service)]
    # A number that is whole counts before one that only begins so: web-9c02-7 is not web-9c02-71.
    whole = [each for each in known if each.startswith(f"{given}-")]
    return whole if len(whole) == 1 else [each for each in known if each.startswith(given)]


SECONDS = _Seconds(0, 30 * 86400)
SERVICE = click.argument("service", required=False, callback=_service, shell_complete=services)
DEPLOYMENT = click.argument("deployment_id", metavar="DEPLOYMENT")
WAIT = click.option(
    "--wait",
    "wait_seconds",
    type=SECONDS,
    show_default="3600, and approval.timeout more where it waits for a promotion",
    help="Seconds to wait for the end.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
DETACH = click.option("--detach", is_flag=True, help="Print the id and do not wait.")
