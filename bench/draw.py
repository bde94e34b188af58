"""Writes the tables of docs/benchmarks.md and the picture, from docs/benchmarks.json: `python -m bench.draw`."""

from pathlib import Path

from bench import page, picture
from bench.results import FILE, read


def draw(file: Path) -> None:
    """Afterwards the picture beside the file shows it, and so does the page, where there is one."""
    results, text = read(file), file.with_suffix(".md")
    if text.exists():
        text.write_text(page.filled(text.read_text("utf-8"), results), "utf-8")
    file.with_suffix(".svg").write_text(picture.svg(results), "utf-8")


if __name__ == "__main__":
    draw(FILE)
