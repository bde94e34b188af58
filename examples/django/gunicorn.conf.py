"""How gunicorn serves the application."""

import signal
import sys

from config.database import wait_for_database

bind = "0.0.0.0:8000"
workers = 2
worker_class = "uvicorn_worker.UvicornWorker"
worker_tmp_dir = "/dev/shm"  # a slow disk must not look like a dead worker
graceful_timeout = 30


def on_starting(server):
    """Wait for PostgreSQL: a colour that starts before it is late, not broken."""
    # Until gunicorn has handlers of its own, process 1 would ignore SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    wait_for_database()
