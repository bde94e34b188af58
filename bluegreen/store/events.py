"""The stream of what happened to one deployment: written with each record, read by the CLI."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from bluegreen.deployment.event import Data, Event, EventKind
from bluegreen.deployment.states import Phase
from bluegreen.store import keys

#: entries kept for a deployment; an ordinary one writes about twenty
MAX_LENGTH = 1000


@dataclass(frozen=True, kw_only=True)
class StoredEvent(Event):
    """An event as it was read, with the time at which it was written, by Redis's own clock."""

    id: str
    time: datetime

    def shown(self) -> dict[str, Any]:
        """As `--json` shows it."""
        return {"time": self.time.isoformat(), "kind": self.kind, "phase": self.phase, "data": self.data}


def add(pipe: Any, deployment_id: str, event: Event) -> None:
    """Append to the stream, as part of the caller's transaction."""
    pipe.xadd(keys.events(deployment_id), _fields(event), maxlen=MAX_LENGTH, approximate=True)


def add_late(redis: Any, deployment_id: str, event: Event) -> None:
    """Append what came to light beside the deployment, or after its end; nothing once it is forgotten."""
    key = keys.events(deployment_id)
    redis.xadd(key, _fields(event), maxlen=MAX_LENGTH, approximate=True, nomkstream=True)


def read(redis: Redis, deployment_id: str, after: str = "0", wait: float | None = None) -> Iterator[StoredEvent]:
    """What was written after that id; with `wait` seconds, blocks until there is something or they are over."""
    block = None if wait is None else max(1, int(wait * 1000))
    answer: Any = redis.xread({keys.events(deployment_id): after}, block=block)
    # RESP3 answers with a dict of lists, RESP2 with a list of pairs
    streams = answer.values() if isinstance(answer, dict) else [entries for _, entries in answer or ()]
    for entries in streams:
        for entry_id, fields in entries[0] if entries and isinstance(entries[0], list) else entries:
            yield _to_stored(entry_id, fields)


def _fields(event: Event) -> dict[str, str]:
    return {"kind": event.kind, "phase": event.phase or "", "data": json.dumps(event.data)}


def _to_stored(entry_id: str, fields: dict[str, str]) -> StoredEvent:
    time = datetime.fromtimestamp(int(entry_id.partition("-")[0]) / 1000, UTC)
    kind, phase, data = _parse(fields)
    return StoredEvent(kind, phase, data, id=entry_id, time=time)


def _parse(fields: dict[str, str]) -> tuple[EventKind, Phase | None, Data]:
    """An event of another version, with a sentence or a kind that is not known here, is a note with that text."""
    try:
        phase = Phase(fields["phase"]) if fields["phase"] else None
        return EventKind(fields["kind"]), phase, dict(json.loads(fields["data"]))
    except (KeyError, ValueError, TypeError):
        text = fields.get("message") or " ".join(fields.values())
        return EventKind.NOTE, None, {"text": text}
