"""Three ways to show a deployment: live on a terminal, line by line elsewhere, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.follow import View
from deployment.events import Happening
from deployment.record import Record
from deployment.states import DEPLOY_PHASES, UNDO_PHASES, PhaseState, State

COLORS = {"blue": "bright_blue", "green": "bright_green"}
MARKS = {PhaseState.RUNNING: ("…", "yellow"), PhaseState.DONE: ("✓", "green"), PhaseState.FAILED: ("✗", "red")}


@contextmanager
def shown_to(record: Record, as_json: bool) -> Iterator[View]:
    """The view for this terminal, or for none."""
    console = Console()
    if as_json:
        yield Silent()
    elif not console.is_terminal:
        yield Lines()
    else:
        with Live(console=console, refresh_per_second=10) as live:
            yield LiveView(live, record)


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


class LiveView:
    """The phases with their times and a progress bar, redrawn as things happen."""

    def __init__(self, live: Live, record: Record) -> None:
        self.live = live
        self.record = record
        self.last = ""

    def happened(self, happening: Happening, record: Record) -> None:
        self.record, self.last = record, happening.message.splitlines()[-1] if happening.message else ""
        self.live.update(self._drawing())

    def ended(self, record: Record) -> None:
        self.record = record
        self.live.update(Group(self._phases(), Text("\n".join(ending(record)))))

    def _drawing(self) -> Group:
        done = sum(entry.state is PhaseState.DONE for entry in self.record.phases)
        below = Table.grid()
        below.add_row(ProgressBar(total=len(DEPLOY_PHASES), completed=done, width=60))
        below.add_row(Text(self.last, style="dim", overflow="ellipsis", no_wrap=True))
        return Group(self._phases(), below)

    def _phases(self) -> Table:
        table = Table.grid(padding=(0, 2))
        forward = self.record.state in (State.QUEUED, State.RUNNING, State.SUCCEEDED)
        undo = () if forward else UNDO_PHASES
        for phase in (*DEPLOY_PHASES, *undo):
            entry = self.record.phase_record(phase)
            mark, style = MARKS[entry.state] if entry else ("·", "dim")
            seconds = f"{entry.seconds:.1f} s" if entry and entry.seconds is not None else ""
            message = entry.message.partition("\n")[0] if entry else ""
            table.add_row(Text(mark, style), Text(phase, style if entry else "dim"), seconds, Text(message, "dim"))
        return table


def ending(record: Record) -> list[str]:
    """The last lines: how it ended, why, and what to do."""
    if not record.state.final:
        return [f"{record.id} goes on; follow it with: bluegreen watch {record.id}"]
    release = record.release.name if record.release else record.ref or "?"
    lines = [f"{record.service}: {release} {record.state} in {record.seconds:.1f} s ({record.id})"]
    if record.error:
        lines += [record.error.what, *record.error.saw.splitlines(), record.error.advice]
    return [line for line in [*lines, *record.warnings] if line]
