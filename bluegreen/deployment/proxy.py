"""What the proxies of a service can do for a phase: the verbs that send users' requests elsewhere.

A phase speaks of routes; what a proxy needs, and how, is its implementation's affair.
"""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.states import Color
from bluegreen.deployment.value import Value

#: by the proxies' labels: what answers the last requests of a route that was left. Empty where a proxy is down.
#: Only the router that gave it can read it; the record keeps it as it is
Retired = Mapping[str, str]

#: by the proxies' labels: where the router finds again what a proxy had. Likewise
Saved = Mapping[str, str]


class Marker(Value, frozen=True, omit_defaults=True):
    """What a proxy says of itself: whom it serves, and by which deployment's word."""

    service: str
    color: Color | None
    release: str | None
    generation: int
    epoch: int
    #: the digest of the maintenance that is on
    maintenance: str | None = None

    @property
    def order(self) -> tuple[int, int]:
        """A proxy is never changed by a marker of a smaller order."""
        return (self.generation, self.epoch)


@dataclass(frozen=True)
class Condition:
    """What a request has to have: a header or a cookie of that name and value, or that host."""

    by: Literal["header", "cookie", "host"]
    name: str
    value: str = ""


@dataclass(frozen=True)
class PreviewRoute:
    """A colour beside the live one, for requests that meet the condition."""

    color: Color
    condition: Condition


@dataclass(frozen=True)
class Route:
    """Where users' requests go: to the marker's colour, but for those of a preview. What comes next is a field."""

    marker: Marker
    #: beside what the proxies have, which stays as it is for all other requests
    preview: PreviewRoute | None = None
    #: what is answered in the application's place, but to those who are allowed; the marker has its digest
    maintenance: Maintenance | None = None

    @classmethod
    def of(cls, marker: Marker, maintenance: Maintenance | None, preview: PreviewRoute | None = None) -> "Route":
        """The route by which the marker's colour serves, as far as the maintenance lets it."""
        says = marker.with_(maintenance=maintenance.digest if maintenance else None)
        return cls(says, preview, maintenance)


@dataclass(frozen=True)
class WayBack:
    """The token of a change: all that another process needs to undo it."""

    #: who serves afterwards; None for its colour: what was there before any
    route: Route
    #: what the proxies had before
    saved: Saved
    #: what the change retired; empty when that is not known
    retired: Retired


@dataclass(frozen=True)
class Observed:
    """What one proxy serves."""

    #: by its own answer; None where it gives none
    served: Marker | None
    #: by what it was given last; None where that is not ours
    said: Marker | None

    @property
    def current(self) -> Marker | None:
        """What users get: by the proxy's own answer, else by what it was given."""
        return self.served or self.said

    def sends_to(self, color: Color) -> bool:
        """Whether users get that colour."""
        return self.current is not None and self.current.color is color


class Change(Protocol):
    """A route that every proxy has, and none has taken up yet."""

    @property
    def retired(self) -> Retired:
        """What `commit` retires: to be noted before."""

    def commit(self) -> None:
        """Afterwards the route is in force, and every proxy has confirmed it.

        FilesRefused: no proxy has taken it up. Any other error leaves open which were.
        """


class Router(Protocol):
    """The proxies of one service, turned over as one: all of them, or none.

    Every verb may run twice. A change by a smaller order than a proxy's own is refused (ProxyRefused), and none
    is begun unless the cancellation, asked just before, allows it.
    """

    def locked(self, cancellation: Cancellation) -> AbstractContextManager[None]:
        """No other service of this host changes one of these proxies while the block runs."""

    def observe(self) -> Mapping[str, Observed]:
        """What each proxy serves now, by label; one that is down answers nothing."""

    def running(self) -> Retired:
        """What a change would retire now, by label; nothing of a proxy that is down."""

    def retiring(self) -> Retired:
        """What still answers requests of routes that were left before, by label. NotRunning: a proxy is down."""

    def save(self, cancellation: Cancellation) -> Saved:
        """Afterwards what the proxies have now can be restored, and nothing that was saved before."""

    def save_texts(self, texts: Mapping[str, str], cancellation: Cancellation) -> Saved:
        """Afterwards these texts of proxies, by label, can be restored, and nothing that was saved before."""

    def forget_saved(self, cancellation: Cancellation) -> None:
        """Afterwards nothing that was saved can be restored."""

    def prepare(self, route: Route, cancellation: Cancellation) -> AbstractContextManager[Change]:
        """Within the block every proxy has the route, tested where its taking up does not test it, not in force.

        When the block is left by an error, or without a commit, all proxies are as they were. Superseded alone
        leaves them: they are the successor's affair.
        FilesRefused: what goes with a proxy's other files is looked up again the next time.
        """

    def restore(
        self, way_back: WayBack, running: Retired, cancellation: Cancellation
    ) -> AbstractContextManager[Change]:
        """The same for what the proxies of `running` had before. Where that is lost or led nowhere: the route."""

    def hold(self, way_back: WayBack, labels: Collection[str], cancellation: Cancellation) -> Collection[str]:
        """Afterwards these proxies have what they had before, and whoever is of a smaller order is refused.

        It is not reloaded: it serves what it does, and this when it starts next. What it returns are warnings: a
        proxy that has never been changed may stay as it is.
        """

    def may_serve_otherwise(self, way_back: WayBack, labels: Collection[str]) -> bool:
        """Whether one of these may have taken up the change that is undone: what it answers alone proves less."""

    def drain(self, retired: Retired, timeout: float, cancellation: Cancellation) -> int:
        """How many of those are left when all are gone or `timeout` seconds are over. 0: no request was cut."""

    def keep_confirmed(self, generation: int) -> None:
        """Keep what the proxies have by now, as far as a deployment of that generation gave it to them.

        By that, damage is seen later, and put right. PhaseFailed when it cannot be kept.
        """
