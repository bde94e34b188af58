"""The picture of the benchmarks, docs/benchmarks.svg."""

from collections.abc import Iterator, Mapping
from html import escape

from bench.page import number
from bench.results import Figure, Results

WIDTH, LABELS, BAR, ROW, HEAD = 760, 290, 380, 26, 40
#: of each benchmark, under which title which column is shown
PANELS = {
    "cutover": ("Requests that 20 switches cut, under 64 busy connections", "cut"),
    "mixed": ("99 % of the quick requests, during a cutover, within", "during the cutover"),
    "control_plane": ("Deployments a second, with empty phases", "a second"),
    "deployment_time": ("A small deployment", "takes"),
    "rollback_time": ("From the command to the old release serving", "from the command"),
    "ten_deployments": ("A deployment of the Django example, under load", "takes"),
}
OURS, OTHERS = "#3b82c4", "#b9bec6"


def svg(results: Mapping[str, Results]) -> str:
    """One panel below the other; each bar is a median, with its spread as a line."""
    rows, y = list[str](), 10
    for name, (title, column) in PANELS.items():
        table = results[name].figures if name in results else {}
        if figures := {row: cells[column] for row, cells in table.items() if column in cells}:
            rows += panel(y, title, figures)
            y += HEAD + ROW * len(figures) + 14
    size = f'width="{WIDTH}" height="{y}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH} {y}" role="img"'
    style = 'font-family="sans-serif" font-size="13" aria-label="Benchmarks"'
    return "\n".join([f"{head}", f"     {style}>", f'<rect {size} fill="#ffffff"/>', *rows, "</svg>\n"])


def panel(y: int, title: str, figures: Mapping[str, Figure]) -> Iterator[str]:
    """A title, and a bar for each figure."""
    yield f'<text x="10" y="{y + 22}" font-weight="bold">{escape(title)}</text>'
    longest = max(figure.high for figure in figures.values()) or 1.0
    for place, (what, figure) in enumerate(figures.items()):
        yield from bar(y + HEAD + place * ROW, what, figure, longest)


def bar(top: int, what: str, figure: Figure, longest: float) -> Iterator[str]:
    """A label, the bar, its spread, its value."""
    left, right = (LABELS + BAR * each / longest for each in (figure.low, figure.high))
    color = OURS if what.startswith("bluegreen") else OTHERS
    width = max(1.0, BAR * figure.median / longest)
    yield f'<text x="{LABELS - 10}" y="{top + 13}" text-anchor="end">{escape(what)}</text>'
    yield f'<rect x="{LABELS}" y="{top}" width="{width:.0f}" height="18" fill="{color}"/>'
    yield f'<line x1="{left:.0f}" x2="{right:.0f}" y1="{top + 9}" y2="{top + 9}" stroke="#222222"/>'
    yield f'<text x="{right + 8:.0f}" y="{top + 13}">{number(figure.median)} {figure.unit}</text>'
