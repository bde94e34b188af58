"""A mark on the disk that a job of a deployment has come to a good end, until its record says so."""

from pathlib import Path

from bluegreen.deployment.value import Unreadable, Value


class Ended(Value, frozen=True):
    """A job that came to a good end, and what it printed."""

    deployment_id: str
    log: str


def log_of(path: Path, deployment_id: str) -> str | None:
    """What this deployment's job printed; None when it has not run to its end."""
    try:
        found = Ended.from_json(path.read_bytes())
    except (FileNotFoundError, Unreadable):
        return None
    return found.log if found.deployment_id == deployment_id else None
