"""Three ways to show a deployment: live on a terminal (`live.py`), line by line elsewhere, or not at all."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from bluegreen.deployment.record import Record
from bluegreen.deployment.states import State
from bluegreen.store.events import Happening
from cli.deploying.follow import View
from cli.output.receipt import summary


@contextmanager
def shown_to(record: Record, as_json: bool) -> Iterator[View]:
    """The view for this terminal, or for none."""
    if as_json:
        yield Silent()
    elif not sys.stdout.isatty():
        yield Lines()
    else:
        # rich takes a fifth of the time that the command needs to start
        from cli.output.live import live_view

        with live_view(record) as view:
            yield view


class Silent:
    """Shows nothing: the JSON object at the end is all."""

    def happened(self, happening: Happening, record: Record) -> None: ...

    def ended(self, record: Record) -> None: ...


class Lines:
    """One line for each event, without escapes: for Jenkins and for files."""

    def happened(self, happening: Happening, record: Record) -> None:
        if happening.kind == "logs":
            return  # the ending shows the last of them
        clock = happening.time.astimezone().strftime("%H:%M:%S")
        for line in happening.message.splitlines() or [""]:
            click.echo(f"{clock}  {happening.phase:<20} {line}")

    def ended(self, record: Record) -> None:
        for line in ending(record):
            click.echo(line)


def ending(record: Record) -> list[str]:
    """The last lines: how it ended, why, and what to do."""
    if not record.state.final:
        return [f"{record.id} goes on; follow it with: bluegreen watch {record.id}"]
    release = record.release.name if record.release else record.ref or "?"
    lines = [f"{record.service}: {release} {record.state.words} in {record.seconds:.1f} s ({record.id})"]
    if record.error:
        lines += [record.error.what, *record.error.saw.splitlines(), record.error.advice]
    lines += record.warnings
    if record.last_look and (record.state is not State.SUCCEEDED or not record.last_look.serves):
        lines.append(record.last_look.what)
    if record.receipt and record.receipt.began:
        lines.append(summary(record.receipt))
    return [line for line in lines if line]
