"""What workers did to the proxy, as they noted it themselves, and how often that turned the traffic."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.states import Color
from nginx.file.marker import parse

#: effects on the proxy; before each of them is noted as well, so that a kill beside the effect loses none
EFFECTS = ("replace file", "put back", "reload")


@dataclass(frozen=True)
class Observation:
    """What the proxy's file said at a point."""

    time: float
    point: str
    color: Color | None
    order: tuple[int, int]


def note(folder: Path, point: str) -> None:
    """Add what the file says; nothing where there is none of ours, or the point is beside no such effect."""
    if point.endswith(EFFECTS) and (content := _content(folder)):
        observation = (time.time(), point, content.color, content.order)
        with (folder / "switches").open("a") as noted:
            noted.write(json.dumps(observation) + "\n")


def written(folder: Path) -> Color | None:
    """The colour that the file names."""
    content = _content(folder)
    return content.color if content else None


def _content(folder: Path) -> Marker | None:
    file = folder / "conf.d" / "app.inc"
    return parse(file.read_text()) if file.exists() else None


def read(folder: Path) -> list[Observation]:
    """All that was noted, oldest first."""
    file = folder / "switches"
    lines = map(json.loads, file.read_text().splitlines() if file.exists() else ())
    return [
        Observation(moment, point, Color(color) if color else None, (order[0], order[1]))
        for moment, point, color, order in lines
    ]


def count(observations: Iterable[Observation], served: Color | None, written: Color | None) -> int:
    """How often one deployment had nginx turn, from what served and what the file said when it was asked for.

    Once to the new colour and once back is what a deployment may do, to the file and to nginx. Who takes over may
    do the same again, which is no turn. AssertionError where there was more, or an older order came back.
    """
    observations = list(observations)
    reloads = _turns([each for each in observations if each.point.endswith("reload")], served)
    writes = _turns([each for each in observations if not each.point.endswith("reload")], written)
    assert len(reloads) <= 2 and len(writes) <= 2, f"a double switch: {observations}"
    orders = [each.order for each in observations if each.point == "after replace file"]
    assert orders == sorted(orders), f"overwritten by an older one: {observations}"
    return len(reloads)


def _turns(observations: Iterable[Observation], before: Color | None) -> list[Color | None]:
    """The colours after the first, repetitions left out."""
    return [color for color, _ in groupby([before, *(each.color for each in observations)])][1:]
