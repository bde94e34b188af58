"""Which of very many points a run takes: `make test` a few, CI every third as well, `make chaos` all."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

import pytest

#: of the points that are not in the short run, CI takes one in so many
CI_TAKES = 3


def some(points: Sequence[str], *short: str) -> list[Any]:
    """All of them as parameters, each so marked."""
    return marked([(each,) for each in points], [each in short for each in points])


def marked(parameters: Iterable[tuple[Any, ...]], short: Iterable[bool]) -> list[Any]:
    """The same of parameters that go together."""
    number = count()
    return [
        pytest.param(*each, marks=[] if is_short else _marks(next(number)))
        for each, is_short in zip(parameters, short, strict=True)
    ]


def _marks(number: int) -> list[pytest.MarkDecorator]:
    return [pytest.mark.long] if number % CI_TAKES == 0 else [pytest.mark.long, pytest.mark.chaos]
