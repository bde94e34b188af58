"""What a cutover did to the users' requests, as it stands in the record. Pure.

There are two sources: the proxies' access logs, which have every request of the users, and probes of our own,
which say how the site answered where a log does not. How far a log was counted stands beside the counts and is
written with them, so that whoever takes over counts each line once.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from bluegreen.deployment.states import Color
from bluegreen.deployment.value import Value

#: in place of a status: nothing came back
NO_ANSWER = "no answer"
#: in place of a colour: the source does not say
UNKNOWN = "unknown"
#: in place of a colour: nginx has answered with the page of a maintenance, and no version was asked
PAGE = "page"
#: what a receipt comes to, by the names of its properties
SUMS = ("requests", "failed", "probes", "probes_failed", "longest_gap", "slowest", "complete")


def is_failure(status: str) -> bool:
    """Whether it is the site's failure. A 4xx is the application's own word, 444 that of the site's nginx, which
    closes the connection; 499: the user went away."""
    return status == NO_ANSWER or status.startswith("5")


def is_good(status: str) -> bool:
    """Whether the site has answered, and well: a user who went away (499) may have done so because it had not, and
    one whose connection was closed (444) got nothing."""
    return not is_failure(status) and status not in ("444", "499")


class Tally(Value, frozen=True):
    """Requests that one source has seen."""

    #: how many, by colour and status
    answers: Mapping[str, Mapping[str, int]] = {}
    failed: int = 0
    #: seconds without a good answer, and of one request; None where the source does not say
    longest_gap: float | None = None
    slowest: float | None = None

    @property
    def total(self) -> int:
        return sum(sum(counts.values()) for counts in self.answers.values())

    def plus(self, other: "Tally") -> "Tally":
        """Both together; the time between the two counts as nobody's gap."""
        return Tally(
            answers=_combined(self.answers, other.answers, lambda one, two: one + two),
            failed=self.failed + other.failed,
            longest_gap=longest(self.longest_gap, other.longest_gap),
            slowest=longest(self.slowest, other.slowest),
        )

    def since(self, earlier: "Tally") -> "Tally":
        """How many more there are than there were then."""
        answers = _combined(self.answers, earlier.answers, lambda now, then: now - then)
        return Tally(answers=answers, failed=self.failed - earlier.failed)

    def of(self, color: Color) -> "Tally":
        """How many this colour answered, or may have answered."""
        others = {name: counts for name, counts in self.answers.items() if name not in (color, UNKNOWN)}
        failed = sum(
            number for counts in others.values() for status, number in counts.items() if is_failure(status)
        )
        return self.since(Tally(answers=others, failed=failed))


class AccessLog(Value, frozen=True):
    """A log in which a proxy writes the service's requests."""

    path: str
    #: the text of its `log_format`
    format: str = ""
    #: it has the requests of other sites, too
    shared: bool = False
    #: why it cannot be read; empty when it can
    problem: str = ""
    #: what it does not say, or not at once
    notes: tuple[str, ...] = ()


class LogCount(Value, frozen=True):
    """A log, how far it was counted, and what was in it."""

    log: AccessLog
    #: as its keeper has given it; empty: counting has not begun
    mark: str = ""
    #: the moment of the last good answer in it, before the first one that of its first line; seconds since 1970
    last: float | None = None
    #: the users' requests; its gap counts our probes as well, since they are answers, too
    tally: Tally = Tally()


class Previews(Value, frozen=True):
    """Requests that went to a colour before any user's could: they are not the users'."""

    color: Color
    #: seconds since 1970; what began before
    until: float

    def have(self, color: str, began: float | None) -> bool:
        """Whether a request is one of them, as far as its log says when it began."""
        return color == self.color and began is not None and began < self.until


class ProxyReceipt(Value, frozen=True):
    """What was seen at one proxy."""

    logs: tuple[LogCount, ...] = ()
    #: who answers at an address ("127.0.0.1:8000", "172.18.0.5"), a port (":8000") or a name ("app") in its logs:
    #: a colour, UNKNOWN where it may be either, or PAGE; what is not here is not the service
    addresses: Mapping[str, str] = {}
    probes: Tally = Tally()
    #: that are not counted; None: there are none
    previews: Previews | None = None
    #: kept connections that the reload may have cut: nobody sees in a log what was sent on them. And why
    may_cut: int | None = None
    reload: str = ""
    #: what could not be seen, and why
    notes: tuple[str, ...] = ()

    @property
    def counted(self) -> Tally:
        """The users' requests, from all its logs."""
        return together(each.tally for each in self.logs)

    @property
    def longest_gap(self) -> float | None:
        """Neither of two logs knows the other's answers: the probes are taken then.

        An nginx that hangs logs nothing, and probes fail: then theirs counts, if it is longer. Else it does not,
        for it is never shorter than the time between two of them.
        """
        gap = self.logs[0].tally.longest_gap if len(self.logs) == 1 else None
        return longest(gap, self.probes.longest_gap) if gap is None or self.probes.failed else gap


class Receipt(Value, frozen=True):
    """What was seen at all proxies of a service."""

    #: by their labels
    proxies: Mapping[str, ProxyReceipt] = {}
    #: from when on requests were counted; None: it has not begun
    began: datetime | None = None
    #: counted once, and lost with the worker that knew it
    lost: tuple[str, ...] = ()

    @property
    def counted(self) -> Tally:
        return together(each.counted for each in self.proxies.values())

    @property
    def probed(self) -> Tally:
        return together(each.probes for each in self.proxies.values())

    @property
    def requests(self) -> int:
        """The users' requests in the access logs."""
        return self.counted.total

    @property
    def failed(self) -> int:
        return self.counted.failed

    @property
    def probes(self) -> int:
        """Our own requests; they are not among the users'."""
        return self.probed.total

    @property
    def probes_failed(self) -> int:
        return self.probed.failed

    @property
    def longest_gap(self) -> float | None:
        """Seconds in which some proxy gave no answer."""
        return longest(*(each.longest_gap for each in self.proxies.values()))

    @property
    def slowest(self) -> float | None:
        """Seconds of the slowest request: of a user's where a log has it, else of a probe."""
        slowest = self.counted.slowest
        return self.probed.slowest if slowest is None else slowest

    def without_previews(self, color: Color, until: datetime) -> "Receipt":
        """The same, to count no request that went to the colour before that moment."""
        left_out = Previews(color, until.timestamp())
        proxies = {label: each.with_(previews=left_out) for label, each in self.proxies.items()}
        return self.with_(proxies=proxies)

    @property
    def complete(self) -> bool:
        """Whether all that was to be counted was."""
        return not self.lost and not any(proxy.notes for proxy in self.proxies.values())

    @property
    def sums(self) -> dict[str, Any]:
        """What it comes to."""
        return {name: getattr(self, name) for name in SUMS}


def together(tallies: Iterable[Tally]) -> Tally:
    """The sum."""
    total = Tally()
    for each in tallies:
        total = total.plus(each)
    return total


def longest(*seconds: float | None) -> float | None:
    """The longest that is known."""
    return max((each for each in seconds if each is not None), default=None)


def _combined(
    one: Mapping[str, Mapping[str, int]], two: Mapping[str, Mapping[str, int]], operator: Callable[[int, int], int]
) -> dict[str, dict[str, int]]:
    """By colour and status; what comes to nothing is left out."""
    combined = {
        color: {
            status: number
            for status in {**one.get(color, {}), **two.get(color, {})}
            if (number := operator(one.get(color, {}).get(status, 0), two.get(color, {}).get(status, 0)))
        }
        for color in {**one, **two}
    }
    return {color: counts for color, counts in combined.items() if counts}
