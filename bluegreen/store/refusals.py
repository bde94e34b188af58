"""What a Redis says that answers, and yet does not do what it is asked: by its own words.

A refusal changes nothing, and passes: what was refused may be asked again. Redis answers with a word first
("MISCONF ...", "OOM ..."), and for a transaction that it gave up for that reason, with the word further back.
"""

import re
from contextlib import suppress
from typing import Any

from redis.exceptions import NoPermissionError, RedisError, ResponseError

#: Redis's word → what to do about it
ADVICE = {
    "MISCONF": "It cannot write to its disk: make room there, or let its user write there; its log says what is "
    "wrong. Once it can, it takes writes again by itself.",
    "OOM": "Its memory is full: raise its maxmemory, or delete what else is in it (redis-cli --bigkeys).",
    "READONLY": "It is a replica, perhaps since a failover: have the URL name the master, or make this one the "
    "master (REPLICAOF NO ONE).",
    "UNBLOCKED": "It has just become a replica: have the URL name the master.",
    "NOREPLICAS": "Too few replicas follow it: bring them back, or lower min-replicas-to-write.",
    "LOADING": "It has just been started and reads its data: wait until it has.",
    "BUSY": "A script holds it up: wait for that, or end it (redis-cli SCRIPT KILL).",
    "MASTERDOWN": "It is a replica without its master: have the URL name the master, or bring that one back.",
    "CLUSTERDOWN": "Its cluster does not serve: bring the lacking nodes back (redis-cli CLUSTER INFO).",
    "NOAUTH": "It wants a password, and the URL has none: write :PASSWORD@ before its host. See "
    "docs/operating.md#users.",
    "WRONGPASS": "The URL has them before its host, as USER:PASSWORD@, with a / @ or # in the password as %2F, "
    "%40, %23. See docs/operating.md#users.",
    "NOPERM": "Give the user the rights that docs/operating.md lists.",
}
#: those that come with an answer to a command; redis-py itself takes the others for a failed connection
#: (LOADING, and what is said to a user before it may ask anything) or they do not pass by themselves (NOPERM)
PASSING = ("MISCONF", "OOM", "READONLY", "UNBLOCKED", "NOREPLICAS", "BUSY", "MASTERDOWN", "CLUSTERDOWN")
#: how Redis says why it has given up a transaction
DISCARDED = re.compile(r"Transaction discarded because of: (.*)", re.S)


#: what any call of the store may raise: Redis is away, or refuses
StoreError = RedisError
#: what it raises when this Redis user has no right to a command or a key
NotPermitted = NoPermissionError


class Refused(ResponseError):
    """Redis refuses this for now. Nothing was changed; `word` is the first of what it says."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.word = message.partition(" ")[0]


class Translating:
    """Mixed into a connection of redis-py: it raises what a refusal is."""

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        """The answer to the next command; Refused where it says that."""
        try:
            return super().read_response(*arguments, **options)  # type: ignore[misc]
        except ResponseError as error:
            if word_of(error) not in PASSING:
                raise
            raise Refused(message_of(error)) from error

    def _send_ping(self) -> None:
        # Who refuses is there: a Redis that cannot write refuses a PING, too, and answers what only reads.
        with suppress(Refused):
            super()._send_ping()  # type: ignore[misc]


def message_of(error: Exception) -> str:
    """What Redis said, its word first: redis-py has taken some of them away. Of any other error, its text."""
    if isinstance(error, Refused):
        return error.message
    message, code = str(error), getattr(error, "status_code", None)
    if discarded := DISCARDED.search(message):
        return discarded[1]
    return f"{code} {message}" if code in ADVICE else message


def word_of(error: RedisError) -> str:
    """The word that what Redis said begins with."""
    return message_of(error).partition(" ")[0]


def is_answer(error: RedisError) -> bool:
    """Whether Redis has said it, and is there therefore."""
    return isinstance(error, ResponseError) or error.status_code is not None


def advice_on(error: RedisError) -> str:
    """What to do about it."""
    return ADVICE.get(word_of(error), "docs/operating.md says what a Redis has to be, and what its users may.")
