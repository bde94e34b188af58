"""The stream of what happened to one deployment: written with each record, read by the CLI."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from bluegreen.deployment.redaction import presentable
from bluegreen.deployment.transitions import Event
from bluegreen.store import keys

#: entries kept for a deployment; an ordinary one writes about twenty
MAX_LENGTH = 1000


@dataclass(frozen=True)
class Happening:
    """An event as it was read: when it was written, by Redis's own clock."""

    id: str
    time: datetime
    kind: str
    phase: str
    message: str


def add(pipe: Any, deployment_id: str, event: Event) -> None:
    """Append to the stream, as part of the caller's transaction."""
    fields = {"kind": event.kind, "phase": event.phase or "", "message": event.message}
    pipe.xadd(keys.events(deployment_id), fields, maxlen=MAX_LENGTH, approximate=True)


def add_late(redis: Any, deployment_id: str, event: Event) -> None:
    """Append what came to light beside the deployment, or after its end; nothing once it is forgotten."""
    fields = {"kind": event.kind, "phase": event.phase or "", "message": event.message}
    redis.xadd(keys.events(deployment_id), fields, maxlen=MAX_LENGTH, approximate=True, nomkstream=True)


def read(redis: Redis, deployment_id: str, after: str = "0", wait: float | None = None) -> Iterator[Happening]:
    """What was written after that id; with `wait` seconds, blocks until there is something or they are over."""
    block = None if wait is None else max(1, int(wait * 1000))
    answer: Any = redis.xread({keys.events(deployment_id): after}, block=block)
    # RESP3 answers with a dict of lists, RESP2 with a list of pairs
    streams = answer.values() if isinstance(answer, dict) else [entries for _, entries in answer or ()]
    for entries in streams:
        for entry_id, fields in entries[0] if entries and isinstance(entries[0], list) else entries:
            yield _happening(entry_id, fields)


def _happening(entry_id: str, fields: dict[str, str]) -> Happening:
    moment = datetime.fromtimestamp(int(entry_id.partition("-")[0]) / 1000, UTC)
    return Happening(entry_id, moment, fields["kind"], fields["phase"], presentable(fields["message"]))
