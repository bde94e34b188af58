"""The traffic strip: one cell for each tenth of a second, in the colour that answered."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from cli.demo.traffic import Sample
from cli.output.live import COLORS

#: seconds in one cell
CELL = 0.1
FULL, SHARED = "█", "▃"
NOBODY, DROPPED = "·", "✗"
LETTERS = "a letter is a tenth of a second; b, g: blue, green answered; x: one was dropped"


@dataclass(frozen=True)
class Cell:
    """Who answered in one tenth of a second: the colour that did most first; nobody in a stall."""

    colors: tuple[str, ...] = ()
    dropped: int = 0

    @property
    def letter(self) -> str:
        """For a screen without colours: b, g, x for a dropped request, a dot for nothing at all."""
        if self.dropped:
            return "x"
        return self.colors[0][0] if self.colors else "."

    @property
    def drawn(self) -> tuple[str, str]:
        """Character and style. Where both colours answered, the smaller share stands at the foot."""
        if self.dropped:
            return DROPPED, "bold white on red"
        if not self.colors:
            return NOBODY, "dim"
        most, *others = (COLORS[each] for each in self.colors)
        return (SHARED, f"{others[0]} on {most}") if others else (FULL, most)


def cells(answers: Sequence[Sample], began: float, ended: float | None = None) -> list[Cell]:
    """The cells from `began` (a time) to the last answer; what came after `ended` counts to the last cell."""
    if not answers:
        return []
    inside: dict[int, list[Sample]] = {}
    for each in answers:
        at = min(each.at, ended) if ended else each.at
        inside.setdefault(max(0, int((at - began) / CELL)), []).append(each)
    return [_cell(inside.get(index, [])) for index in range(max(inside) + 1)]


def letters(strip: Sequence[Cell]) -> str:
    """The strip as plain text."""
    return "".join(each.letter for each in strip)


def rows(strip: Sequence[Cell], marks: Mapping[int, str], width: int, colorless: bool = False) -> Iterator[Text]:
    """The strip in rows of `width` cells, each under a line of marks that say what began at a cell."""
    for first in range(0, max(1, len(strip)), width):
        row = strip[first : first + width]
        if above := _marks({at - first: text for at, text in marks.items()}, width):
            yield above
        yield Text(letters(row)) if colorless else Text.assemble(*(each.drawn for each in row))


def legend(width: int, note: str, colorless: bool = False) -> Text:
    """What the cells mean, and on the right a note."""
    if colorless:
        return Text(LETTERS)
    words = [("blue", Cell(("blue",))), ("green", Cell(("green",))), ("both", Cell(("green", "blue")))]
    line = Text()
    for word, cell in [*words, ("dropped", Cell(dropped=1))]:
        line.append(*cell.drawn).append(f" {word}  ", "dim")
    return line.append(note.rjust(width - len(line)), "dim")


def _cell(answers: Sequence[Sample]) -> Cell:
    colors = Counter(each.color for each in answers if not each.dropped)
    return Cell(tuple(color for color, _ in colors.most_common()), sum(each.dropped for each in answers))


def _marks(marks: Mapping[int, str], width: int) -> Text:
    line = ""
    for at in sorted(each for each in marks if 0 <= each < width):
        # a mark near the right edge is moved to the left, never cut
        line = line.ljust(max(0, min(at, width - len(marks[at]) - 2)))
        line += f"{' ' if line and line[-1] != ' ' else ''}▾ {marks[at]}"
    return Text(line[:width], "dim")
