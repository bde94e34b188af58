"""Log lines for a program to read: each an object on a line of its own, with the deployment that it is about."""

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from bluegreen.deployment.names import about_task

_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default={})  # noqa: B039 - never changed


class JsonLines(logging.Formatter):
    """Fields: `time` (ISO, UTC), `level`, `logger`, `message`; `error`, a traceback, where there is one.

    And `service`, `deployment`, `phase` and `epoch` of what a line is about, where it is about a phase.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **(_of_task(record) or _about.get()),
        }
        if record.exc_info:
            line["error"] = record.exc_text or self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def say(message: str, *_: object) -> None:
    """Write such a line at once, past all locks: for a signal's handler."""
    record = logging.LogRecord(__name__, logging.WARNING, "", 0, message, None, None)
    os.write(sys.stderr.fileno(), f"{JsonLines().format(record)}\n".encode())


@contextmanager
def about(service: str, deployment: str, phase: str, epoch: int) -> Iterator[None]:
    """Within the block, what this thread logs is about that phase."""
    token = _about.set({"service": service, "deployment": deployment, "phase": phase, "epoch": epoch})
    try:
        yield
    finally:
        _about.reset(token)


def install(level: str | int) -> None:
    """Afterwards this process logs such lines, and no others, to its error output."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)


def _of_task(record: logging.LogRecord) -> Mapping[str, Any] | None:
    """What Celery itself logs of a task has the task's id beside it."""
    data = getattr(record, "data", None)
    return about_task(str(data.get("id"))) if isinstance(data, dict) else None
