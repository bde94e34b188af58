"""What one round of bench/mixed.py came to: its visits, its cutovers, and the percentiles of both."""

import statistics
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from bench.mixed_users import Visit

#: the requests that are answered at once: those on kept connections, and all of them
KEPT = ("get",)
QUICK = (*KEPT, "newcomer")
#: seconds before and after the beginning of a switch
WINDOW = 1.0


@dataclass(frozen=True)
class Cutover:
    """When the switch began, when it was over, when the drain was; whether that ended before its time-out.

    `taken`: by other guests of the host, from a WINDOW before it on, in percent.
    """

    began: float
    switched: float
    ended: float
    drained: bool
    taken: float = 0.0


@dataclass
class Round:
    """What became of the visits, and of the cutovers: of all of them, and of those that count for percentiles."""

    visits: Sequence[Visit] = ()
    cutovers: list[Cutover] = field(default_factory=list)
    calm: Sequence[Cutover] = ()

    @property
    def failed(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.error]

    def before(self, kinds: Collection[str] = QUICK) -> float:
        return self._percentile(kinds, ((each.began - WINDOW, each.began) for each in self.calm))

    def at_first(self) -> float:
        return self._percentile(QUICK, ((each.began, each.began + WINDOW) for each in self.calm))

    def during(self, kinds: Collection[str] = QUICK) -> float:
        return self._percentile(kinds, ((each.began, each.ended) for each in self.calm))

    def ratio(self, kinds: Collection[str] = QUICK) -> float:
        return self.during(kinds) / self.before(kinds)

    def _percentile(self, kinds: Collection[str], windows: Iterable[tuple[float, float]]) -> float:
        """99 % of the requests of these kinds that were due in these windows took at most so many milliseconds."""
        among = tuple(windows)
        quick = [
            visit.seconds * 1000
            for visit in self.visits
            if visit.kind in kinds and any(begin <= visit.due < end for begin, end in among)
        ]
        return statistics.quantiles(quick, n=100)[98]
