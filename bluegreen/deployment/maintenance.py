"""A service's maintenance: nginx answers what would reach the application, but for those who are allowed. Pure."""

import hashlib
from datetime import datetime
from ipaddress import ip_network
from typing import Annotated

from msgspec import Meta

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.names import checked_reason
from bluegreen.deployment.value import Value

#: addresses and networks that a maintenance allows at most
MOST_ALLOWED = 100
#: characters of an address or a network
_LONGEST = 50


class Maintenance(Value, frozen=True, kw_only=True):
    """What is on since when, and what users and those who are allowed get."""

    since: datetime
    requested_by: str
    #: what the page says, and why it is on
    message: str | None = None
    #: addresses and networks from which the application is reached, as nginx has them in $remote_addr
    allow: tuple[str, ...] = ()
    #: seconds after which a client should come again
    retry_after: Annotated[int, Meta(ge=0)] = 300
    #: the freeze that it was begun in, and why all the same
    freeze_passed: str | None = None
    #: the deployment that it is for, which ends it
    deployment_id: str | None = None
    #: HTML, as it is answered
    page: str = ""
    #: by this word in a header our own probes reach the application. It stays on the deploy host
    secret: str = ""

    @property
    def digest(self) -> str:
        """By which a proxy's file and its answer say that it is this one."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()[:12]

    @property
    def announced(self) -> "Maintenance":
        """What anybody may read of it."""
        return self.with_(page="", secret="")

    @property
    def words(self) -> str:
        """Who has turned it on and why, as a part of a sentence."""
        message = f": {self.message}" if self.message else ""
        freeze = f", in a freeze: {self.freeze_passed}" if self.freeze_passed else ""
        return f"by {self.requested_by}{message}{freeze}"


def checked_allowed(given: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses and networks as nginx takes them, each once. UsageError where one is neither."""
    if len(given) > MOST_ALLOWED:
        raise UsageError(f"a maintenance allows {MOST_ALLOWED} addresses at most, not {len(given)}")
    return tuple(dict.fromkeys(map(_checked, given)))


def checked_message(message: str) -> str:
    """The message as it is, or UsageError."""
    return checked_reason(message, "a maintenance")


def _checked(given: str) -> str:
    try:
        network = ip_network(given[: _LONGEST + 1])
    except ValueError as error:
        raise UsageError(
            f"{given[:_LONGEST]!r} is neither an address nor a network",
            str(error),
            "Write an address (203.0.113.7, 2001:db8::7), or a network by its first one (203.0.113.0/24).",
        ) from None
    if network.prefixlen == 0:
        raise UsageError(
            f"{given!r} is everybody", advice="Leave the maintenance off, or allow those who shall see the site."
        )
    return str(network.network_address) if network.num_addresses == 1 else str(network)
