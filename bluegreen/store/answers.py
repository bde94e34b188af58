"""What became of a request: one entry under a key of its own, written in the step that decides it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis import Redis

from bluegreen.deployment.errors import BlueGreenError, UsageError
from bluegreen.deployment.value import Value
from bluegreen.store import keys
from bluegreen.store.clock import redis_time

#: seconds for which it is kept that something was done: longer than a message that asks for it is delivered again
KEPT_SECONDS = 3600
#: the same of a refusal: longer than a client waits; of these there may be many
REFUSAL_SECONDS = 300


class Answered(Exception):
    """The request has its answer: it came twice, or another worker was quicker. There is nothing to do."""


class Answer(Value, frozen=True):
    """The deployment that it is about, or why it was refused: the error's name and its arguments."""

    #: of a maintenance: the service's name
    deployment_id: str | None = None
    error: str | None = None
    arguments: tuple[str, ...] = ()

    @classmethod
    def refusing(cls, error: BlueGreenError) -> "Answer":
        return cls(error=type(error).__name__, arguments=tuple(map(str, error.args)))

    def result(self) -> str:
        """The deployment's id; raises what the worker has raised."""
        if self.deployment_id is not None:
            return self.deployment_id
        raise _kinds().get(self.error or "", BlueGreenError)(*self.arguments)


@dataclass(frozen=True)
class Ticket:
    """What a request is answered under."""

    kind: str
    request: str
    #: by Redis's clock: a request that nobody has taken by then must not be acted upon any more
    until: datetime | None = None

    @property
    def key(self) -> str:
        return keys.answer(self.kind, self.request)

    def require_open(self, pipe: Any) -> None:
        """Return when the request may be acted upon, as of the caller's WATCH. Raises Answered, or UsageError."""
        if pipe.exists(self.key):
            raise Answered(self)
        if self.until is not None and redis_time(pipe) > self.until:
            raise UsageError(
                "the request has waited too long for a worker", advice="Nothing was changed: ask again."
            )

    def put(self, pipe: Any, answer: Answer) -> None:
        """Queue the answer into the caller's MULTI."""
        pipe.xadd(self.key, {"answer": answer.as_json()})
        pipe.expire(self.key, KEPT_SECONDS if answer.error is None else REFUSAL_SECONDS)


def give(redis: Any, ticket: Ticket, answer: Answer) -> None:
    """Answer now, unless it was answered."""

    def step(pipe: Any) -> None:
        if not pipe.exists(ticket.key):
            pipe.multi()
            ticket.put(pipe, answer)

    redis.transaction(step, ticket.key)


def read(redis: Redis, ticket: Ticket, wait: float) -> Answer | None:
    """The answer, when it comes within so many seconds."""
    found: Any = redis.xread({ticket.key: "0"}, block=max(1, int(wait * 1000)))
    # RESP3 answers with a dict, RESP2 with pairs
    for entries in found.values() if isinstance(found, dict) else [each for _, each in found or ()]:
        for _, fields in entries[0] if entries and isinstance(entries[0], list) else entries:
            return Answer.from_redis(fields.get("answer"), ticket.key, "the answer to the request")
    return None


def _kinds() -> dict[str, type[BlueGreenError]]:
    def below(kind: type[BlueGreenError]) -> list[type[BlueGreenError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in below(child))]

    return {each.__name__: each for each in below(BlueGreenError)}
