"""How long to wait between two looks at something that may happen at once, or in a while."""

from collections.abc import Iterator

#: by how much each pause is longer than the one before: what happens is seen late by a fifth of its wait at most
GROWTH = 1.2


def growing(first: float, longest: float) -> Iterator[float]:
    """Seconds, without an end: what comes soon is seen soon, and what takes long is not asked for all the time."""
    pause = first
    while True:
        yield pause
        pause = min(longest, pause * GROWTH)
