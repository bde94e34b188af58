"""A deployment live on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import DEPLOY_PHASES, UNDO_PHASES, PhaseState, State
from bluegreen.store.events import StoredEvent
from cli.output.sentences import sentence
from cli.output.view import ending, waiting

COLORS = {"blue": "bright_blue", "green": "bright_green"}
MARKS = {PhaseState.RUNNING: ("…", "yellow"), PhaseState.DONE: ("✓", "green"), PhaseState.FAILED: ("✗", "red")}


@contextmanager
def live_view(deployment: Deployment) -> Iterator["LiveView"]:
    """The view, on the terminal while the block runs."""
    with Live(console=Console(), refresh_per_second=10) as live:
        yield LiveView(live, deployment)


class LiveView:
    """The phases with their times and a progress bar, redrawn as things happen."""

    def __init__(self, live: Live, deployment: Deployment) -> None:
        self.live = live
        self.deployment = deployment
        self.last = ""

    def show_event(self, event: StoredEvent, deployment: Deployment) -> None:
        self.deployment, self.last = deployment, (sentence(event).splitlines() or [""])[-1]
        self.live.update(self._drawing())

    def show_end(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.live.update(Group(self._phases(), Text("\n".join(ending(deployment)))))

    def _drawing(self) -> Group:
        done = sum(entry.state is PhaseState.DONE for entry in self.deployment.phases)
        below = Table.grid()
        below.add_row(ProgressBar(total=len(DEPLOY_PHASES), completed=done, width=60))
        if self.deployment.state is State.AWAITING_PROMOTION:
            below.add_row(Text("\n".join(waiting(self.deployment)), style="bold"))
        else:
            below.add_row(Text(self.last, style="dim", overflow="ellipsis", no_wrap=True))
        return Group(self._phases(), below)

    def _phases(self) -> Table:
        table = Table.grid(padding=(0, 2))
        forward = self.deployment.state in (State.QUEUED, State.RUNNING, State.AWAITING_PROMOTION, State.SUCCEEDED)
        undo = () if forward else UNDO_PHASES
        for phase in (*DEPLOY_PHASES, *undo):
            entry = self.deployment.phase_record(phase)
            mark, style = MARKS[entry.state] if entry else ("·", "dim")
            seconds = f"{entry.seconds:.1f} s" if entry and entry.seconds is not None else ""
            message = entry.message.partition("\n")[0] if entry else ""
            table.add_row(Text(mark, style), Text(phase, style if entry else "dim"), seconds, Text(message, "dim"))
        return table
