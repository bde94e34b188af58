"""What a Redis says that answers, and yet does not do what it is asked: by its own words.

A refusal changes nothing, and passes: what was refused may be asked again. Redis answers with a word first
("MISCONF ...", "OOM ..."), and for a transaction that it gave up for that reason, with the word further back.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

CLUSTER = (
    "It is a node of a Redis Cluster, and divides keys among its nodes. A deployment writes several at once: "
    "have the URL name a Redis that stands alone."
)
#: Redis's word → what to do about it
ADVICE = {
    "MISCONF": "It cannot write to its disk: make room there, or let its user write there; its log says what is "
    "wrong. Once it can, it takes writes again by itself.",
    "OOM": "Its memory is full: raise its maxmemory, or delete what else is in it (redis-cli --bigkeys).",
    "READONLY": "It is a replica, perhaps since a failover: have the URL name the master, or the Sentinels that "
    "know it (redis+sentinel://), or make this one the master (REPLICAOF NO ONE).",
    "UNBLOCKED": "It has just become a replica: have the URL name the master.",
    "NOREPLICAS": "Too few replicas follow it: bring them back, or lower min-replicas-to-write.",
    "LOADING": "It has just been started and reads its data: wait until it has.",
    "BUSY": "A script holds it up: wait for that, or end it (redis-cli SCRIPT KILL).",
    "MASTERDOWN": "It is a replica without its master: have the URL name the master, or bring that one back.",
    **dict.fromkeys(("CLUSTERDOWN", "MOVED", "ASK", "CROSSSLOT"), CLUSTER),
    "DENIED": "Until its users have passwords, it lets nobody in from another host: see docs/operating.md#users.",
    "NOAUTH": "It wants a password, and the URL has none: write :PASSWORD@ before its host. See "
    "docs/operating.md#users.",
    "WRONGPASS": "The URL has them before its host, as USER:PASSWORD@, with a / @ or # in the password as %2F, "
    "%40, %23. See docs/operating.md#users.",
    "NOPERM": "Give the user the rights that docs/operating.md lists.",
}
#: what Redis says without a word of its own → what to do about it
ADVICE_BY_TEXT = {
    "max number of clients reached": "It has as many connections as its maxclients: see whose they are (redis-cli "
    "CLIENT LIST), or raise maxclients, and the open files that its system grants it.",
    "SELECT is not allowed in cluster mode": CLUSTER,
    "DB index is out of range": "The URL names a database that it does not have: 0 is always there; `databases` "
    "in redis.conf says how many are.",
}
CLOSED = (
    "Start it again where it has ended; else see that it is Redis that listens there, called rediss:// where it "
    "wants TLS."
)
#: what a connection ends with that is not answered → what to do about it
ADVICE_BY_FAILURE = {
    "certificate verify failed": "Have the URL name the authority of its certificate: ssl_ca_certs, see "
    "docs/operating.md#tls.",
    "Name or service not known": "Correct the host in the URL.",
    "getaddrinfo failed": "Correct the host in the URL.",  # the same on Windows
    "Timeout connecting": "See that no firewall is between, and that a Redis without TLS is not called rediss://.",
    "no Sentinel names a master": "A failover takes seconds: try again. Else see that the Sentinels run, and know "
    "it by this name (SENTINEL MASTERS); a login for them stands in the URL: docs/operating.md#sentinel.",
    "reset by peer": CLOSED,
    "closed by server": CLOSED,
}
#: those that come with an answer to a command; redis-py itself takes the others for a failed connection
#: (LOADING, and what is said to a user before it may ask anything) or they do not pass by themselves (NOPERM)
PASSING = ("MISCONF", "OOM", "READONLY", "UNBLOCKED", "NOREPLICAS", "BUSY", "MASTERDOWN", "CLUSTERDOWN")
#: with what a refusal goes on for half a page
IN_DETAIL = " In this mode connections are only accepted"
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
    message, code = str(error).partition(IN_DETAIL)[0], getattr(error, "status_code", None)
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
    known = ADVICE.get(word_of(error)) or _by_text(ADVICE_BY_TEXT, error)
    return known or "docs/operating.md says what a Redis has to be, and what its users may."


def advice_on_silence(error: RedisError) -> str:
    """What to do about a Redis that has not answered."""
    by_cause = _by_text(ADVICE_BY_FAILURE, error)
    return by_cause or "Start it, or set BLUEGREEN_REDIS_URL (or redis.url in bluegreen.toml)."


def is_cluster(redis: Redis) -> bool:
    """Whether it is a node of a cluster; False where it does not say. What is asked needs no right."""
    try:
        said = redis.execute_command("HELLO")  # type: ignore[no-untyped-call]
    except RedisError:
        return False
    return dict(said).get("mode") == "cluster"


def _by_text(advices: Mapping[str, str], error: RedisError) -> str | None:
    said = message_of(error)
    return next((advice for text, advice in advices.items() if text in said), None)
