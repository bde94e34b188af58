"""Rows in columns, as a terminal shows them."""

from collections.abc import Iterator, Sequence


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A line of names, and one for each row; nothing where there are no rows."""
    every = [columns, *rows]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    for row in every if rows else ():
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
