"""A mark on the disk that a deployment's migrations have run, until its record says so."""

from pathlib import Path

from bluegreen.deployment.value import Unreadable, Value


class Migrated(Value, frozen=True):
    """Migrations that came to a good end, and what they printed."""

    deployment_id: str
    log: str


def log_of(path: Path, deployment_id: str) -> str | None:
    """What this deployment's migrations printed; None when they have not run to their end."""
    try:
        found = Migrated.from_json(path.read_bytes())
    except (FileNotFoundError, Unreadable):
        return None
    return found.log if found.deployment_id == deployment_id else None
