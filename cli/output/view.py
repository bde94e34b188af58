"""How a deployment is shown: live on a terminal (`live.py`), line by line elsewhere, as JSON, or not at all."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from bluegreen.deployment.event import EventKind
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from bluegreen.store.events import StoredEvent
from cli.deploying.follow import View
from cli.output.receipt import summary
from cli.output.sentences import sentence
from cli.output.times import readable


@contextmanager
def view_of(deployment: Deployment, as_json: bool) -> Iterator[View]:
    """The view for this terminal, or for none."""
    if as_json:
        yield Json()
    elif not sys.stdout.isatty():
        yield Lines()
    else:
        # rich takes a fifth of the time that the command needs to start
        from cli.output.live import live_view

        with live_view(deployment) as view:
            yield view


class Silent:
    """Shows nothing."""

    def show_event(self, event: StoredEvent, deployment: Deployment) -> None: ...

    def show_end(self, deployment: Deployment) -> None: ...


class Json:
    """One JSON object at the end: the record, and its events by kind and data."""

    def __init__(self) -> None:
        self._events: list[StoredEvent] = []

    def show_event(self, event: StoredEvent, deployment: Deployment) -> None:
        self._events.append(event)

    def show_end(self, deployment: Deployment) -> None:
        click.echo(json_text(deployment, self._events))


def json_text(deployment: Deployment, stored: Iterable[StoredEvent]) -> str:
    """The record and its events, as one line."""
    return json.dumps(deployment.shown() | {"events": [each.shown() for each in stored]})


class Lines:
    """One line for each event, without escapes: for Jenkins and for files."""

    def show_event(self, event: StoredEvent, deployment: Deployment) -> None:
        if event.kind is EventKind.LOGS:
            return  # the ending shows the last of them
        clock = event.time.astimezone().strftime("%H:%M:%S")
        for line in sentence(event).splitlines() or [""]:
            click.echo(f"{clock}  {event.phase or '':<20} {line}")

    def show_end(self, deployment: Deployment) -> None:
        for line in ending(deployment):
            click.echo(line)


def waiting(deployment: Deployment) -> list[str]:
    """What a deployment waits for, until when, and with which commands it goes on."""
    approval = deployment.approval
    end = f" until {readable(approval.until)}; then: {approval.on_timeout}" if approval and approval.until else ""
    return [
        f"{deployment.id} is healthy and waits for a promotion{end}",
        *([f"to look at it: {deployment.preview.words}"] if deployment.preview else []),
        f"to go on: bluegreen promote {deployment.id}",
        f"to undo it: bluegreen abort {deployment.id}",
    ]


def ending(deployment: Deployment) -> list[str]:
    """The last lines: how it ended, why, and what to do."""
    if deployment.state is State.AWAITING_PROMOTION:
        return waiting(deployment)
    if not deployment.state.final:
        return [f"{deployment.id} goes on; follow it with: bluegreen watch {deployment.id}"]
    release = deployment.release.name if deployment.release else deployment.ref or "?"
    lines = [
        f"{deployment.service}: {release} {deployment.state.words} in {deployment.seconds:.1f} s ({deployment.id})"
    ]
    if deployment.error:
        lines += [deployment.error.what, *deployment.error.saw.splitlines(), deployment.error.advice]
    lines += deployment.warnings
    if deployment.last_look and (deployment.state is not State.SUCCEEDED or not deployment.last_look.serves):
        lines.append(deployment.last_look.what)
    if deployment.receipt and deployment.receipt.began:
        lines.append(summary(deployment.receipt))
    return [line for line in lines if line]
