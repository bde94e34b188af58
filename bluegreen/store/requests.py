"""What a client may ask for. A client asks and does nothing else: workers write all that there is of a deployment.

A request is an entry of a stream. Each kind has streams of its own, one for each installation, so that a user of
Redis can be given some kinds and not others: the key that it came by says what it is, never what is written in it.
"""

import time
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

from msgspec import Meta
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from bluegreen.deployment import maintenance, names
from bluegreen.deployment.deadline import STARTING_SECONDS
from bluegreen.deployment.errors import Unanswered, UsageError
from bluegreen.deployment.value import Value
from bluegreen.store import answers, keys, owners
from bluegreen.store.answers import Ticket
from bluegreen.store.refusals import NotPermitted, message_of

#: seconds after which a request that no worker has taken counts no more, by Redis's clock
TAKEN_WITHIN = 20.0
#: seconds that a client waits for the answer: longer, so that no worker takes what the client has given up
PATIENCE = TAKEN_WITHIN + 5.0
#: entries that a stream keeps; what is more is trimmed, the oldest first
MAX_LENGTH = 1000

Moment = Annotated[datetime, Meta(tz=True)]
Seconds = Annotated[float, Meta(ge=0, le=30 * 86400)]


class Kind(StrEnum):
    """What is asked for, in the key of its stream."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    REDEPLOY = "redeploy"
    ABORT = "abort"
    UNLOCK = "unlock"
    #: what waits for a promotion goes on: by the word of one who promotes, one who deploys, one who may all
    PROMOTE = "promote"
    PROMOTE_AS_DEPLOY = "promote-as-deploy"
    PROMOTE_AS_ALL = "promote-as-all"
    #: users get a page in the application's place, or the application again
    MAINTENANCE = "maintenance"
    #: a run of a schedule, which beats ask for
    SCHEDULE = "schedule"


class MayNotAsk(UsageError):
    """This user of Redis may not send that kind of request."""


class Asked(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of what a request says; `check` raises UsageError where a field is not what it must be."""

    requested_by: str

    def check(self) -> None:
        names.checked_requester(self.requested_by)


class OfService(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of what becomes a deployment."""

    service: str
    #: where it was asked for, such as the page of a Jenkins build
    request_url: str | None = None
    starting_seconds: Seconds = STARTING_SECONDS

    def check(self) -> None:
        super().check()
        names.checked_service(self.service)
        if self.request_url is not None:
            names.checked_url(self.request_url)


class Rollback(OfService, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make a release live again: the one from before the live one, or the one of that name."""

    to: str | None = None
    #: why it may go back over migrations that do not go back
    anyway: str | None = None

    def check(self) -> None:
        super().check()
        if self.to is not None:
            names.checked_release(self.to)
        if self.anyway is not None:
            names.checked_reason(self.anyway, names.GOING_BACK)


class Redeploy(OfService, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Have the live release once more, as the other colour."""

    #: why a freeze is overridden
    why: str | None = None
    #: wait for a promotion after the health check, whatever the service's settings say
    hold: bool = False

    def check(self) -> None:
        super().check()
        if self.why is not None:
            names.checked_reason(self.why)


class Deploy(Redeploy, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make this release live."""

    ref: str | None = None
    #: users get the maintenance page from before the migration until the switch
    under_maintenance: bool = False
    #: why it is to go on where its migrations break the live version
    live_check: str | None = None

    def check(self) -> None:
        super().check()
        if self.live_check is not None:
            names.checked_reason(self.live_check, names.BREAKING)
        if self.ref is not None:
            names.checked_ref(self.ref)


class Abort(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stop this deployment, and roll it back."""

    deployment_id: str

    def check(self) -> None:
        super().check()
        names.checked_deployment(self.deployment_id)


class Unlock(Abort, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """End this deployment as failed."""


class Promote(Abort, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Have this deployment, which waits for that, go on."""

    #: why it is promoted
    message: str | None = None
    #: why a freeze is overridden
    why: str | None = None

    def check(self) -> None:
        super().check()
        if self.message is not None:
            names.checked_reason(self.message, "a promotion")
        if self.why is not None:
            names.checked_reason(self.why)


class Maintain(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Turn the service's maintenance on, or off."""

    service: str
    on: bool
    message: str | None = None
    #: addresses and networks that reach the application all the same
    allow: tuple[str, ...] = ()
    #: why a freeze is overridden
    why: str | None = None

    def check(self) -> None:
        super().check()
        names.checked_service(self.service)
        maintenance.checked_allowed(self.allow)
        if self.message is not None:
            maintenance.checked_message(self.message)
        if self.why is not None:
            names.checked_reason(self.why)


class Scheduled(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Deploy for this time of the schedule."""

    service: str
    time: Moment
    #: when the beat has seen that it has come
    seen: Moment
    ref: str | None = None
    #: the commit, or the image's digest, where the beat has looked for it
    version: str | None = None
    starting_seconds: Seconds = STARTING_SECONDS

    def check(self) -> None:
        super().check()
        names.checked_service(self.service)
        if self.ref is not None:
            names.checked_ref(self.ref)
        if self.version is not None:
            names.checked_version(self.version)


ASKED: dict[Kind, type[Asked]] = {
    Kind.DEPLOY: Deploy,
    Kind.ROLLBACK: Rollback,
    Kind.REDEPLOY: Redeploy,
    Kind.ABORT: Abort,
    Kind.UNLOCK: Unlock,
    Kind.PROMOTE: Promote,
    Kind.PROMOTE_AS_DEPLOY: Promote,
    Kind.PROMOTE_AS_ALL: Promote,
    Kind.MAINTENANCE: Maintain,
    Kind.SCHEDULE: Scheduled,
}


def send(redis: Redis, installation: str, kind: Kind, asked: Asked, request: str | None = None) -> Ticket:
    """Ask, and do not wait. `request`: the id of the request, for one that may be sent twice.

    Raises MayNotAsk where this user of Redis may not ask for that.
    """
    ticket = Ticket(kind, request or uuid4().hex)
    fields: Any = {"request": ticket.request, "asked": asked.as_json()}
    try:
        redis.xadd(keys.requests(installation, kind), fields, maxlen=MAX_LENGTH, approximate=True)
    except NotPermitted as error:
        raise MayNotAsk(
            f"this user of Redis may not send the request {kind}",
            f"Redis says: {message_of(error)}",
            "Ask somebody who may, or give the user that right: docs/operating.md#users.",
        ) from None
    return ticket


def ask(redis: Redis, installation: str, kind: Kind, asked: Asked, request: str | None = None) -> str:
    """Ask, and wait for the worker's answer: the id of the deployment that it is about, or the service's name.

    Raises what the worker refuses it with, UsageError when no worker has taken it, and Unanswered when Redis has
    gone away meanwhile. Until then a request whose fate is not known is sent again, under the same id.
    """
    ticket, began, lost = Ticket(kind, request or uuid4().hex), time.monotonic(), "it was not sent"
    waits_until, is_sent = began + PATIENCE, False
    while (left := waits_until - time.monotonic()) > 0:
        try:
            if not is_sent:
                send(redis, installation, kind, asked, ticket.request)
                is_sent, waits_until = True, time.monotonic() + PATIENCE
            if answer := answers.read(redis, ticket, min(1.0, left)):
                return answer.result()
            lost = ""
        except (RedisConnectionError, RedisTimeoutError) as error:
            lost = str(error)
            is_sent = is_sent or time.monotonic() > began + TAKEN_WITHIN
            time.sleep(0.2)
    if lost:
        raise Unanswered(
            "Redis went away while a worker was asked", lost, "bluegreen status says what came of it."
        )
    raise UsageError(
        f"no worker took the request within {TAKEN_WITHIN:g} s",
        f"asked: the workers of {owners.place(redis, installation)}",
        "Nothing was changed. Look at the worker's log there, and ask again.",
    )
