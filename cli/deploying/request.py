"""Asks for a deployment: its options, its turn, its record."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import IO, Any

import click

from bluegreen.deployment.deadline import STARTING_SECONDS
from bluegreen.deployment.errors import Busy
from bluegreen.deployment.record import Deployment
from bluegreen.store import requests
from bluegreen.store.records import Records
from bluegreen.store.requests import Abort, Asked, Kind
from bluegreen.system import environment
from cli.context import App
from cli.deploying.follow import follow
from cli.exits import ExitStatus
from cli.options import DETACH, JSON, SECONDS, WAIT, find_deployment, patience
from cli.output.view import Silent


class IfBusy(StrEnum):
    """What to do while another deployment of the service is not finished."""

    #: end with status 3
    REFUSE = "refuse"
    #: wait for its end
    WAIT = "wait"
    #: abort it, and wait for its end
    REPLACE = "replace"


@dataclass(frozen=True)
class Request:
    """The options of a command that asks for a deployment."""

    if_busy: IfBusy
    starting_deadline: float
    id_file: IO[str] | None
    detach: bool
    wait_seconds: float | None
    as_json: bool


def request_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command these options, as its keyword argument `request`."""

    @wraps(command)
    def with_request(*arguments: Any, **options: Any) -> None:
        own = {name: options.pop(name) for name in Request.__dataclass_fields__}
        command(*arguments, request=Request(**own), **options)

    for option in reversed(OPTIONS):
        with_request = option(with_request)
    return with_request


OPTIONS = (
    click.option(
        "--if-busy",
        type=click.Choice([each.value for each in IfBusy]),
        callback=lambda _context, _parameter, value: IfBusy(value),
        default=IfBusy.REFUSE.value,
        show_default=True,
        help="While another deployment is under way: refuse, wait for its end, or abort it and wait.",
    ),
    click.option(
        "--starting-deadline",
        type=SECONDS,
        default=STARTING_SECONDS,
        show_default=True,
        help="Seconds after which the deployment expires unless a worker has begun it.",
    ),
    click.option(
        "--id-file",
        type=click.File("w", encoding="utf-8", lazy=False),
        help="Write the deployment's id to this file.",
    ),
    DETACH,
    WAIT,
    JSON,
)


def place(
    app: App,
    store: Records,
    service: str,
    request: Request,
    stopped: Callable[[], bool],
    kind: Kind,
    asked: Asked,
) -> Deployment:
    """Ask for the deployment, once it is its turn; its record.

    Raises Busy when it does not become its turn while the wait lasts.
    """
    over = time.monotonic() + patience(request.wait_seconds)
    while True:
        if stopped():
            click.echo(f"bluegreen: stopped; no deployment of {service} has started", err=True)
            raise click.exceptions.Exit(ExitStatus.REFUSED)
        try:
            made = requests.ask(store.redis, app.serving(store, service).id, kind, asked)
        except Busy as busy:
            _await_turn(store, busy, request.if_busy, over - time.monotonic(), stopped)
        else:
            return _noted(find_deployment(store, made), request)


def _await_turn(
    store: Records, busy: Busy, if_busy: IfBusy, wait_seconds: float, stopped: Callable[[], bool]
) -> None:
    """Return when the holder is final, or the command gets SIGTERM. Raises the Busy while it is not."""
    holder = None if if_busy is IfBusy.REFUSE else store.get(busy.holder)
    if holder is None:
        raise busy
    if if_busy is IfBusy.REPLACE:
        ask_to_stop(store, holder)
    click.echo(f"bluegreen: waiting for the end of {busy.saw}", err=True)
    held = follow(store, holder, wait_seconds, Silent(), stopped)
    if not held.state.final and not stopped():
        raise busy


def ask_to_stop(store: Records, deployment: Deployment) -> None:
    """Have the deployment aborted, and do not wait for an answer: whether it stops, its record says."""
    asked = Abort(deployment_id=deployment.id, requested_by=environment.who())
    requests.send(store.redis, deployment.installation, Kind.ABORT, asked)


def _noted(deployment: Deployment, request: Request) -> Deployment:
    if request.id_file:
        request.id_file.write(deployment.id)
        request.id_file.flush()
    return deployment
