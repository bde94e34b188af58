"""The streams of one installation as its workers read them: all that a client may write, and so never trusted."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from bluegreen.store import keys, requests
from bluegreen.store.requests import Kind

log = logging.getLogger(__name__)

#: requests of each kind that one look takes
AT_ONCE = 32
#: bytes of a stream that is looked at: what is larger was not written by a client of ours
STREAM_BYTES = 4_000_000


@dataclass(frozen=True)
class Entry:
    """Something that was written into one of them."""

    kind: Kind
    id: str
    fields: dict[str, str]

    @property
    def milliseconds(self) -> int:
        """When it was written, since 1970, by Redis's clock: unless the writer has made the id up."""
        return int(self.id.partition("-")[0])


class Inbox:
    """All kinds of requests to one installation. What was read stays there until it is forgotten."""

    def __init__(self, redis: Redis, installation: str) -> None:
        self.redis: Any = redis
        self.installation = installation
        self.listen(tuple(Kind))

    def listen(self, kinds: Sequence[Kind]) -> None:
        """From the next look on, these kinds and no others are waited for."""
        self.streams = {keys.requests(self.installation, kind): kind for kind in kinds}

    def waiting(self, wait: float) -> Iterator[Entry]:
        """What is there, or comes within so many seconds: the oldest, at most AT_ONCE of each kind."""
        streams = self.streams
        if self.redis.exists(*streams):
            for key in filter(self.redis.exists, streams):
                self._keep_small(key)
        found = self.redis.xread(dict.fromkeys(streams, "0"), AT_ONCE, max(1, int(wait * 1000)))
        # RESP3 answers with a dict of lists, RESP2 with a list of pairs
        for key, entries in found.items() if isinstance(found, dict) else found or ():
            for entry, fields in entries[0] if entries and isinstance(entries[0], list) else entries:
                yield Entry(streams[key], entry, fields)

    def forget(self, entry: Entry) -> None:
        """Take it out."""
        key = keys.requests(self.installation, entry.kind)
        self.redis.xdel(key, entry.id)
        self._drop_empty(key)

    def _keep_small(self, key: str) -> None:
        """What a flood has written is not read: the oldest goes first, and a stream that is huge all the same."""
        self._drop_empty(key)
        if self.redis.xlen(key) > requests.MAX_LENGTH:
            self.redis.xtrim(key, requests.MAX_LENGTH, approximate=False)
        if (self.redis.memory_usage(key, samples=0) or 0) > STREAM_BYTES:
            log.error("%s is removed: more was written into it than requests can be", key)
            self.redis.delete(key)

    def _drop_empty(self, key: str) -> None:
        """An empty stream takes no id below its last: somebody may have written the largest."""

        def step(pipe: Any) -> None:
            is_empty = not pipe.xlen(key)
            pipe.multi()
            if is_empty:
                pipe.delete(key)

        self.redis.transaction(step, key)
