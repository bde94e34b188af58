"""The end of a log file, however long the file is."""

from pathlib import Path

#: bytes that are read from the end
WINDOW = 512 * 1024


def last_lines(path: Path, lines: int) -> str:
    """The last lines, at most that many and no more than WINDOW bytes of them; empty when there is no file."""
    try:
        with path.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - WINDOW))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:]) if lines > 0 else ""
