"""Waiting for PostgreSQL."""

import os
import time

import psycopg

#: seconds
PATIENCE = 60.0


def wait_for_database():
    """Return when PostgreSQL lets us in; raise its last error when it does not within PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(
                host=os.environ.get("POSTGRES_HOST", "127.0.0.1"),
                dbname="app",
                user="app",
                password=os.environ.get("POSTGRES_PASSWORD", ""),
                connect_timeout=3,
            ).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
