"""What the demo shows on a terminal: the traffic strip, and a table of the deployments."""

import time
from collections.abc import Iterator

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bluegreen.deployment.states import DEPLOY_PHASES, PhaseState, State
from cli.demo import strip
from cli.demo.acts import Act, Play
from cli.demo.config import SLOW
from cli.demo.load import SLOW_EVERY
from cli.demo.traffic import RATE, Traffic
from cli.output.live import COLORS

#: cells in a row of the strip, where the terminal is wide enough: ten seconds
WIDEST = 100
DONE, TO_DO = "●", "○"


class Frame:
    """One picture of the play, as it is when it is drawn."""

    def __init__(self, play: Play, traffic: Traffic, ending: str = "") -> None:
        self.play = play
        self.traffic = traffic
        self.ending = ending

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        indent = (0, 0, 0, 1)
        for row in self._strip(
            min(WIDEST, options.max_width - 2), console.no_color or console.color_system is None
        ):
            yield Padding(row, indent)
        yield table(self.play)
        for line in (*_reasons(self.play), *_ending(self.ending)):
            yield Padding(line, indent)

    def _strip(self, width: int, colorless: bool) -> Iterator[Text]:
        began = self.traffic.began
        if began is None:
            yield Text("Nothing is live yet. The traffic begins when the first release is.", "dim")
            return
        cells = strip.cells(self.play.answers(), began, self.traffic.ended)
        yield from strip.rows(cells, self._marks(began), width, colorless)
        yield strip.legend(width, f"{RATE} requests/s, every {SLOW_EVERY}th takes {SLOW:g} s", colorless)

    def _marks(self, began: float) -> dict[int, str]:
        first, *others = self.play.acts
        marks = {0: f"{first.ref} is live"}
        for act in others:
            if act.began is not None:
                marks[int((act.began - began) / strip.CELL)] = f"deploy {act.ref}"
        return marks


def table(play: Play, plain: bool = False) -> Table:
    """The deployments: result, seconds, requests seen meanwhile, and how many of these were dropped."""
    drawn = Table(box=None if plain else box.SIMPLE_HEAD, padding=(0, 2, 0, 0) if plain else (0, 1))
    drawn.add_column("deployment", no_wrap=True)
    drawn.add_column("result", min_width=30)
    for name in ("seconds", "requests", "dropped"):
        drawn.add_column(name, justify="right", no_wrap=True)
    for act in play.acts:
        answers = play.answers_of(act)
        lost = sum(each.dropped for each in answers)
        style = "dim" if act.began is None else ""
        counted = (str(len(answers)), Text(str(lost), "bold red" if lost else "")) if act.began else ("", "")
        drawn.add_row(Text(act.ref, "bold"), result(act), _seconds(act), *counted, style=style)
    return drawn


def result(act: Act) -> Text:
    """Where the deployment stands, or how it ended."""
    deployment = act.deployment
    if deployment is None or not deployment.state.final:
        return _progress(act)
    if deployment.state is State.SUCCEEDED and deployment.to_color:
        return Text(f"live on {deployment.to_color}", COLORS[deployment.to_color])
    ended = Text(str(deployment.state).replace("_", " "), "red")
    if deployment.last_look and deployment.last_look.serves and deployment.from_color and deployment.from_release:
        ended.append(
            f", {deployment.from_color} {deployment.from_release.name} serves on", COLORS[deployment.from_color]
        )
    return ended


def _progress(act: Act) -> Text:
    if act.began is None:
        return Text("")
    done = sum(each.state is PhaseState.DONE for each in act.deployment.phases) if act.deployment else 0
    done = min(done, len(DEPLOY_PHASES))
    dots = DONE * done + TO_DO * (len(DEPLOY_PHASES) - done)
    return Text(f"{dots} {act.phase or 'bluegreen deploy'}", "yellow")


def _seconds(act: Act) -> str:
    if act.began is None:
        return ""
    return f"{act.deployment.seconds if act.deployment and act.is_over else time.time() - act.began:.1f}"


def _reasons(play: Play) -> Iterator[Text]:
    """Why a deployment did not go live."""
    for act in play.acts:
        if act.deployment and act.is_over and (error := act.deployment.error):
            for line in (f"{act.ref}: {error.what}", *error.saw.splitlines()[:1]):
                yield Text(line, "dim", no_wrap=True, overflow="ellipsis")


def _ending(text: str) -> Iterator[Text]:
    for number, line in enumerate(text.splitlines()):
        if number == 0:
            yield Text("")
        yield Text(line, "dim" if number else "bold")
