"""Three ways to show a deployment: live on a terminal (`live.py`), line by line elsewhere, or not at all."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from bluegreen.store.events import Happening
from cli.deploying.follow import View
from cli.output.receipt import summary


@contextmanager
def shown_to(deployment: Deployment, as_json: bool) -> Iterator[View]:
    """The view for this terminal, or for none."""
    if as_json:
        yield Silent()
    elif not sys.stdout.isatty():
        yield Lines()
    else:
        # rich takes a fifth of the time that the command needs to start
        from cli.output.live import live_view

        with live_view(deployment) as view:
            yield view


class Silent:
    """Shows nothing: the JSON object at the end is all."""

    def happened(self, happening: Happening, deployment: Deployment) -> None: ...

    def ended(self, deployment: Deployment) -> None: ...


class Lines:
    """One line for each event, without escapes: for Jenkins and for files."""

    def happened(self, happening: Happening, deployment: Deployment) -> None:
        if happening.kind == "logs":
            return  # the ending shows the last of them
        clock = happening.time.astimezone().strftime("%H:%M:%S")
        for line in happening.message.splitlines() or [""]:
            click.echo(f"{clock}  {happening.phase:<20} {line}")

    def ended(self, deployment: Deployment) -> None:
        for line in ending(deployment):
            click.echo(line)


def ending(deployment: Deployment) -> list[str]:
    """The last lines: how it ended, why, and what to do."""
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
