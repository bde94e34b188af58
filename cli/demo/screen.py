"""Two ways to show the demo: live on a terminal, line by line elsewhere."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

import click
from rich.console import Console
from rich.live import Live

from bluegreen.deployment.record import Deployment
from bluegreen.store.events import StoredEvent
from cli.demo import strip
from cli.demo.acts import Act, Play
from cli.demo.frame import Frame, table
from cli.demo.traffic import Traffic
from cli.deploying.follow import View
from cli.output.view import Lines

#: pictures a second
PICTURES = 10
STARTING = "starting Redis, nginx and a worker in a temporary folder"


class Screen(Protocol):
    """Something that shows the demo to a person."""

    def deploying(self, act: Act) -> View:
        """A deployment is asked for; the view takes its events."""

    def calm(self) -> None:
        """A deployment is over, and some traffic has passed since."""

    def ending(self, text: str) -> None:
        """All is over, and went well."""


def starting(console: Console) -> AbstractContextManager[object]:
    """Shown until the servers answer."""
    if is_live(console):
        return console.status(STARTING)
    click.echo(STARTING)
    return nullcontext()


@contextmanager
def screen(console: Console, play: Play, traffic: Traffic) -> Iterator[Screen]:
    """The screen for this terminal, or for none."""
    if not is_live(console):
        yield PlainScreen(console, play, traffic)
        return
    shown = LiveScreen(play, traffic)
    with Live(console=console, get_renderable=shown.frame, refresh_per_second=PICTURES):
        yield shown


def is_live(console: Console) -> bool:
    """Whether the console can redraw what it has shown."""
    return console.is_terminal and not console.is_dumb_terminal


class LiveScreen:
    """One picture, redrawn as things happen."""

    def __init__(self, play: Play, traffic: Traffic) -> None:
        self.play = play
        self.traffic = traffic
        self._ending = ""

    def frame(self) -> Frame:
        """The picture of this moment."""
        return Frame(self.play, self.traffic, self._ending)

    def deploying(self, act: Act) -> View:
        return _Progress(act)

    def calm(self) -> None: ...

    def ending(self, text: str) -> None:
        self._ending = text


class _Progress:
    """Keeps the act up to date; the picture is drawn from there."""

    def __init__(self, act: Act) -> None:
        self.act = act

    def show_event(self, event: StoredEvent, deployment: Deployment) -> None:
        self.act.phase, self.act.deployment = event.phase or self.act.phase, deployment

    def show_end(self, deployment: Deployment) -> None:
        self.act.deployment = deployment


class PlainScreen:
    """Events as lines, the strip as letters after each deployment, the table at the end; no escapes."""

    def __init__(self, console: Console, play: Play, traffic: Traffic) -> None:
        self.console = console
        self.play = play
        self.traffic = traffic
        self._shown = 0

    def deploying(self, act: Act) -> View:
        click.echo(f"\n$ bluegreen deploy hello --ref {act.ref}")
        return Lines()

    def calm(self) -> None:
        assert self.traffic.began is not None
        cells = strip.cells(self.play.answers(), self.traffic.began)
        click.echo(f"traffic  {strip.letters(cells[self._shown :])}")
        self._shown = len(cells)

    def ending(self, text: str) -> None:
        click.echo(f"\n{strip.LETTERS}\n")
        self.console.print(table(self.play, plain=True))
        click.echo(f"\n{text}")
