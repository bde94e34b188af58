"""Log lines as an error shows them. Pure."""

from itertools import groupby

#: lines to read, so that there is more than one run: health checks alone can be two thousand
READ = 5000
#: characters that are kept, of lines however long
MOST = 64 * 1024


def folded(text: str, lines: int) -> str:
    """The last `lines` of the text, once a run of identical ones is one line: "GET /health 500  (38 times)".

    While a new version is asked for its health, its log can be little else than that question.
    """
    runs = [(line, len(list(run))) for line, run in groupby(text.splitlines())]
    shown = [f"{line}  ({times} times)" if times > 1 and line.strip() else line for line, times in runs]
    return "\n".join(shown[-lines:])[-MOST:] if lines > 0 else ""
