"""A worker that gets its Ctrl-C when a file appears: Wine has no console that could send one."""

import _thread
import os
import sys
import threading
import time
from pathlib import Path

from cli.main import main

STOP = Path(os.environ["BLUEGREEN_LAB_STOP"])


def _interrupt_once_told() -> None:
    while not STOP.exists():
        time.sleep(0.05)
    _thread.interrupt_main()


if __name__ == "__main__":
    threading.Thread(target=_interrupt_once_told, daemon=True).start()
    sys.argv[1:] = ["worker"]
    main()
