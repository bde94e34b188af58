"""Draws docs/benchmarks.svg from docs/benchmarks.json: `python -m bench.picture`."""

from collections.abc import Iterator

from bench.results import FILE, Results, read

WIDTH, LABELS, BAR, ROW, HEAD = 760, 290, 380, 26, 40
PICTURE = FILE.with_suffix(".svg")
#: which figures are shown, in which unit, under which title
PANELS = {
    "deployment_time": ("A small deployment", "s"),
    "rollback_time": ("From a rollback to the old release serving", "s"),
    "cutover": ("Connections cut by 20 switches under 64 busy ones", ""),
    "mixed": ("99 % of quick requests answered within, at 500 a second", "ms"),
}
OURS, OTHERS = "#3b82c4", "#b9bec6"


def svg(results: Results) -> str:
    """One panel below the other; each bar is a median, with its spread as a line."""
    rows, y = list[str](), 10
    for name, (title, unit) in PANELS.items():
        if figures := results.get(name):
            rows += panel(y, title, unit, figures)
            y += HEAD + ROW * len(figures) + 14
    size = f'width="{WIDTH}" height="{y}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH} {y}" role="img"'
    style = 'font-family="sans-serif" font-size="13" aria-label="Benchmarks"'
    return "\n".join([f"{head}", f"     {style}>", f'<rect {size} fill="#ffffff"/>', *rows, "</svg>\n"])


def panel(y: int, title: str, unit: str, figures: dict[str, tuple[float, float, float]]) -> Iterator[str]:
    """A title, and a bar for each figure."""
    yield f'<text x="10" y="{y + 22}" font-weight="bold">{title}</text>'
    longest = max(high for _, _, high in figures.values()) or 1.0
    for number, (what, (median, low, high)) in enumerate(figures.items()):
        top = y + HEAD + number * ROW
        left, right = (LABELS + BAR * each / longest for each in (low, high))
        color = OURS if what.startswith("bluegreen") else OTHERS
        width = max(1.0, BAR * median / longest)
        yield f'<text x="{LABELS - 10}" y="{top + 13}" text-anchor="end">{what}</text>'
        yield f'<rect x="{LABELS}" y="{top}" width="{width:.0f}" height="18" fill="{color}"/>'
        yield f'<line x1="{left:.0f}" x2="{right:.0f}" y1="{top + 9}" y2="{top + 9}" stroke="#222222"/>'
        yield f'<text x="{right + 8:.0f}" y="{top + 13}">{median:.3g} {unit}</text>'


if __name__ == "__main__":
    PICTURE.write_text(svg(read()))
