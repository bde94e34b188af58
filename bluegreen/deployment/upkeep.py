"""What a service's proxies are asked beside routes: what is live, whether they are well, what their logs have.

`bluegreen.deployment.proxy` has the verbs that send users' requests elsewhere.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.proxy import Condition, Observed, Route, Saved
from bluegreen.deployment.receipt import ProxyReceipt
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color


@dataclass(frozen=True)
class Found:
    """What was found when all proxies were asked."""

    observed: Mapping[str, Observed]
    color: Color | None
    release: str | None
    #: what is the matter with what proxies were given, by their labels: somebody has changed it, or it is not what
    #: they serve
    wrong: Mapping[str, str]
    #: the largest (generation, epoch) that anybody knows
    order: tuple[int, int]
    #: a proxy says so, by its answer or its file; else it is what was live last, or a guess
    is_said: bool
    #: of the deployment that may have a preview; every other preview is over
    previewed: int | None = None


@dataclass(frozen=True)
class Fit:
    """How one proxy goes with the service."""

    #: by what it speaks to the colours: "http", "grpc", "uwsgi", "fastcgi", "scgi"
    protocols: frozenset[str]
    #: what is to be counted of it, and why some of it cannot be
    receipt: ProxyReceipt
    #: what users get otherwise than without us, and what to write
    misfits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """Where a proxy sent requests before any colour."""

    #: host:port, or a socket
    address: str
    #: the proxy's addresses are those of this host, loopback included
    is_on_host: bool
    #: the container that the proxy runs in
    container: str | None


class Upkeep(Protocol):
    """The proxies of one service, looked at and put right."""

    def find_live(
        self,
        last: Deployment | None,
        chosen: Color | None = None,
        previewed: int | None = None,
        maintenance: Maintenance | None = None,
    ) -> Found:
        """What is live. `last`: the last deployment that succeeded, where Redis knows one.

        `previewed`: the generation of the deployment that may have a preview now: one of any other is wrong.
        `maintenance`: the one that shall be on; a proxy with another one, or without, is wrong.
        PhaseFailed when the parts contradict each other, and nobody has chosen.
        """

    def preflight(self, found: Found, cancellation: Cancellation) -> Mapping[str, Fit]:
        """Raise PhaseFailed while nothing is changed yet: each proxy runs, answers for itself, accepts its files.

        By the proxies' labels.
        """

    def expect_preview(self, condition: Condition) -> None:
        """Raise PhaseFailed, with the lines to change, unless each proxy can have a preview by that condition.

        That is: lead the requests that meet it, and no others, to a colour.
        """

    def protocols(self) -> Collection[str]:
        """By what they speak to the colours. PhaseFailed while one cannot be asked."""

    def repair(self, found: Found, route: Route, cancellation: Cancellation) -> None:
        """Afterwards each proxy that is wrong has the route, to the live colour, and has taken that up.

        A preview that is not over stays.

        One that is down has that for its next start. Raises as a change of the route does, with all as it was.
        """

    def restate(
        self, maintenance: Maintenance | None, cancellation: Cancellation, is_free: Callable[[], bool]
    ) -> bool:
        """Afterwards each proxy has this maintenance, or none, confirmed; whom it serves, by whose word, stays.

        One that is down has it for its next start. False: not now, since one was given a route that is not in
        force yet, which is a deployment's affair. `is_free`: whether no deployment is in hand, asked where a proxy
        does not say what it serves. Raises as a change of the route does, with all as it was, and ProxyRefused
        where a proxy leads to no colour.
        """

    def has_names(self) -> bool:
        """Whether a proxy may keep to the addresses that a colour's name had when it was told the name."""

    def named_colors(self) -> Collection[Color]:
        """The colours that such proxies were told last."""

    def follow(self, cancellation: Cancellation, is_free: Callable[[], bool]) -> bool:
        """Afterwards each of them sends requests to the live colour where that is by now, and else nowhere.

        False: not now, since one was given a route that is not in force yet, which is a deployment's affair.
        `is_free`: whether no deployment is in hand, asked where a proxy does not say what it serves.
        """

    def lost(self) -> Collection[str]:
        """The labels of proxies whose file lives in a container, and went with it."""

    def note_loss(self, label: str) -> None:
        """Keep that the proxy's file was lost at this moment. PhaseFailed when that cannot be kept."""

    def seconds_since_loss(self) -> Mapping[str, float]:
        """By the labels of proxies whose file was ever lost, how long ago that was noted last."""

    def former_targets(self, saved: Saved) -> Sequence[Target]:
        """Where proxies that led to no colour sent requests, by what was saved of them, or by what they have."""


class RequestLogs(Protocol):
    """What the proxies of one service write of users' requests. A problem is noted in a receipt, never raised."""

    def start(self, receipts: Mapping[str, ProxyReceipt]) -> Mapping[str, ProxyReceipt]:
        """The receipts of all proxies, by label, with a mark for where each log ends now."""

    def read_on(self, receipts: Mapping[str, ProxyReceipt]) -> Mapping[str, ProxyReceipt]:
        """The same with what the logs have more by now."""
