"""The demo's application, whose health a test decides: `python tests/chaos/app.py FOLDER --port … --version …`.

At /health a version with "waits" in its name answers 503, and one with "hangs" nothing at all, until FOLDER/well
exists. /held answers once FOLDER/let-go exists. Nothing is held for longer than LONGEST seconds.
"""

import sys
import time
from pathlib import Path

from cli.demo import app

FOLDER = Path(sys.argv.pop(1))
LONGEST = 60.0


class Handler(app.Handler):
    """Adds what can be waited for."""

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        if self.path == "/held":
            _wait_for(FOLDER / "let-go")
        if self.path == "/health" and "hangs" in self.version:
            _wait_for(FOLDER / "well")
        if self.path == "/health" and "waits" in self.version and not (FOLDER / "well").exists():
            self.send_error(503)
            return
        super().do_GET()


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + LONGEST
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)


if __name__ == "__main__":
    app.Handler = Handler  # type: ignore[misc]
    app.main()
