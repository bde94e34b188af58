"""How far a pull is, by what `docker pull` prints of an image's layers where nobody sees it draw."""

import re
import time
from collections.abc import Callable

LAYER = re.compile(r"^([0-9a-f]{6,64}): (.*)\n?", re.MULTILINE)
#: a layer is here
HERE = ("Already exists", "Pull complete")
#: seconds between two reports: a quick pull needs none
SECONDS = 1.0


class Progress:
    """Reports now and then how many of the layers are here; called with what was printed so far."""

    def __init__(self, image: str, report: Callable[[str], None]) -> None:
        self.image = image
        self._report = report
        self._next = time.monotonic() + SECONDS
        self._last = (0, 0)

    def __call__(self, printed: str) -> None:
        if time.monotonic() < self._next or (counts := count_layers(printed)) == self._last:
            return
        self._next, self._last = time.monotonic() + SECONDS, counts
        here, known = counts
        self._report(f"pulling {self.image}: {here} of {known} layers are here")


def count_layers(printed: str) -> tuple[int, int]:
    """How many layers are here, and how many are known by now."""
    latest = {layer: state.strip() for layer, state in LAYER.findall(printed)}
    return sum(state in HERE for state in latest.values()), len(latest)


def without_layers(printed: str) -> str:
    """The rest of it: what was refused, and why."""
    return LAYER.sub("", printed)
