"""A worker that ends itself at a named point: `python -m tests.chaos.worker FOLDER`, else an ordinary one.

Each point that it reaches is written to FOLDER/points. When FOLDER/kill-at names one, it removes that file and
kills itself there, as SIGKILL would from outside; FOLDER/freeze-at does the same with SIGSTOP. FOLDER/windows
makes it take the loop that Celery has on Windows. What it does to the proxy is written to FOLDER/switches.
"""

import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from bluegreen import failpoints
from cli import main
from tasks.app import app
from tests.chaos import switches

FOLDER = Path(sys.argv.pop(1))


def _do_not_run_ahead() -> None:
    """A signal reaches one thread after the other: the one that sent it must not go on meanwhile."""
    time.sleep(0.5)


class Killer:
    """Follows the phases, so that an effect is named with the phase that it happens in.

    What a deployment reaches again in one phase has a number: "switch_traffic: before note receipt (2)".
    """

    def __init__(self) -> None:
        self.phase = ""
        self.reached_before: Counter[str] = Counter()

    def reached(self, point: str) -> None:
        """Note the point, and die there if it is the one."""
        thread = threading.current_thread().name
        if thread.startswith("heartbeat"):
            return
        switches.note(FOLDER, point)
        moment, what, *phase = point.split()
        if what == "begin":
            self.phase = phase[0]
        if point == "before begin checkout":
            self.reached_before.clear()
        # which may have launched the phase that another thread is in by now
        where = thread if thread in ("recovery", "requests") else self.phase
        name = f"{where}: {moment} {' '.join([what, *phase])}"
        self.reached_before[name] += 1
        if (times := self.reached_before[name]) > 1:
            name += f" ({times})"
        with (FOLDER / "points").open("a") as seen:
            seen.write(f"{name}\n")
        order = FOLDER / "kill-at"
        if order.exists() and order.read_text() == name:
            order.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
            _do_not_run_ahead()
        order = FOLDER / "freeze-at"
        if order.exists() and order.read_text() == name:
            order.unlink()
            os.kill(os.getpid(), signal.SIGSTOP)
            _do_not_run_ahead()


if __name__ == "__main__":
    failpoints.hook = Killer().reached
    app.IS_WINDOWS = (FOLDER / "windows").exists()
    sys.argv[1:] = ["worker"]
    main.main()
