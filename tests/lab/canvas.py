"""Draws docs/canvas.svg from the phases themselves: python -m tests.lab.canvas > docs/canvas.svg"""

from collections.abc import Iterator

from bluegreen.deployment.states import DEPLOY_PHASES, UNDO_PHASES, Phase

WIDTH, HEIGHT, STEP, MARGIN = 150, 40, 62, 16
LEFT, RIGHT = MARGIN, MARGIN + WIDTH + 110


def svg() -> str:
    """The deploy chain on the left, top to bottom; the undo chain on the right."""
    height = MARGIN * 2 + STEP * len(DEPLOY_PHASES)
    width = RIGHT + WIDTH + MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
            f'     width="{width}" height="{height}"',
            '     font-family="sans-serif" font-size="13" role="img" aria-label="The canvas of a deployment">',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7"',
            '     orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#444444"/></marker></defs>',
            *chain(DEPLOY_PHASES, LEFT, 0, "#dceeff"),
            *chain(UNDO_PHASES, RIGHT, 2, "#ffe4d6"),
            *errors(),
            "</svg>\n",
        ]
    )


def chain(phases: tuple[Phase, ...], x: int, row: int, color: str) -> Iterator[str]:
    for index, phase in enumerate(phases):
        y = MARGIN + (row + index) * STEP
        yield f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{color}" stroke="#444444"/>'
        yield f'<text x="{x + WIDTH // 2}" y="{y + 25}" text-anchor="middle">{phase}</text>'
        if index:
            yield line(x + WIDTH // 2, y - STEP + HEIGHT, x + WIDTH // 2, y)


def errors() -> Iterator[str]:
    """From each phase to one bar, and from there to the first undo phase."""
    bar = LEFT + WIDTH + 55
    rows = [MARGIN + DEPLOY_PHASES.index(phase) * STEP + HEIGHT // 2 for phase in DEPLOY_PHASES]
    for y in rows:
        yield f'<path d="M{LEFT + WIDTH} {y} H{bar}" stroke="#444444" stroke-dasharray="4 3" fill="none"/>'
    yield f'<path d="M{bar} {rows[0]} V{rows[-1]}" stroke="#444444" stroke-dasharray="4 3" fill="none"/>'
    yield line(bar, rows[2], RIGHT, rows[2])
    yield f'<text x="{bar + 6}" y="{rows[2] - 8}" font-size="11">on error</text>'


def line(x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#444444" marker-end="url(#head)"/>'


if __name__ == "__main__":
    print(svg(), end="")
