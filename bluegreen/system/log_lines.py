"""Log lines as an error shows them, of logs however long. Pure."""

from collections.abc import Iterable
from itertools import groupby

#: lines to read, so that there is more than one run: health checks alone can be two thousand
READ = 5000
#: characters that are kept, of lines however long
MOST = 64 * 1024
#: bytes of a log that are looked at for that
LOOKED_AT = 16 * MOST
LEFT_OUT = "(what stood before this is left out)"


def end_of(pieces: Iterable[bytes], most: int = MOST) -> str:
    """The end of what comes in pieces: `most` bytes of it, in a few times as much memory."""
    kept, is_cancelled = b"", False
    for piece in pieces:
        kept += piece
        if len(kept) > 2 * most:
            kept, is_cancelled = kept[-most:], True
    return tail(kept[-most:], is_cancelled or len(kept) > most)


def tail(kept: bytes, is_cancelled: bool) -> str:
    """What was kept as text, with a first line that says so where something stood before it."""
    text = kept.decode("utf-8", "replace").replace("\r\n", "\n")
    if not is_cancelled:
        return text
    _, end, whole_lines = text.partition("\n")
    return f"{LEFT_OUT}\n{whole_lines if end and whole_lines else text}"


def shortened(text: str, most: int) -> str:
    """The text, or its last `most` characters."""
    return text if len(text) <= most else f"{LEFT_OUT}\n{text[-most:]}"


def folded(text: str, lines: int) -> str:
    """The last `lines` of the text, once a run of identical ones is one line: "GET /health 500  (38 times)".

    While a new version is asked for its health, its log can be little else than that question.
    """
    runs = [(line, len(list(run))) for line, run in groupby(text.splitlines())]
    shown = [f"{line}  ({times} times)" if times > 1 and line.strip() else line for line, times in runs]
    return "\n".join(shown[-lines:])[-MOST:] if lines > 0 else ""
