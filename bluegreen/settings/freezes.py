"""Freezes: times in which nothing new goes live unless a person says why. Rollbacks and aborts are always allowed.

Workers know the config, clients often do not: a worker announces the freezes that are in force.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, islice, pairwise, takewhile
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from bluegreen.deployment.errors import FreezeInForce
from bluegreen.settings import crontab
from bluegreen.settings.base import Settings
from bluegreen.settings.crontab import Expression, Zone

#: the windows of a crontab that are looked at for whether they run into each other: so many, of a fixed year,
#: since a config that is good today must not become a bad one by the time of the year
LOOKED_AT = 400
LOOKED_FROM, LOOKED_UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 31, tzinfo=UTC)

Window = tuple[datetime, datetime]
#: the times of a schedule after a moment
Runs = Callable[[datetime], Iterator[datetime]]


class Freeze(Settings):
    """One window (`start`, `end`), or one that comes again (`crontab`, `duration_hours`)."""

    reason: Annotated[str, Field(min_length=1, max_length=100)]
    #: the services that it is for; none named: all
    services: tuple[str, ...] = ()
    #: of times that do not say theirs, and of the crontab
    timezone: Zone = "UTC"
    start: datetime | None = None
    end: datetime | None = None
    #: when it begins, again and again, and how long it lasts
    crontab: Expression | None = None
    duration_hours: Annotated[float, Field(gt=0, le=24 * 366)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [name for name in ("start", "end", "crontab", "duration_hours") if getattr(self, name) is not None]
        if given not in (["start", "end"], ["crontab", "duration_hours"]):
            raise ValueError("needs either start and end, or crontab and duration_hours")
        if self.crontab:
            self._refuse_overlap_with_itself()
        elif self.window[1] <= self.window[0]:
            raise ValueError("its end is not after its start")
        return self

    def _refuse_overlap_with_itself(self) -> None:
        if _overlap(pairwise(self.windows())):
            raise ValueError(f"overlaps itself: it begins again before its {self.duration_hours:g} hours are over")

    @property
    def window(self) -> Window:
        """From when until when, for one that comes once."""
        assert self.start is not None and self.end is not None
        zone = ZoneInfo(self.timezone)
        begin, end = (each if each.tzinfo else each.replace(tzinfo=zone) for each in (self.start, self.end))
        try:
            return begin.astimezone(UTC), end.astimezone(UTC)
        except OverflowError:
            raise ValueError("begins or ends in a year that does not exist in UTC") from None

    @property
    def _length(self) -> timedelta:
        return timedelta(hours=self.duration_hours or 0)

    def concerns(self, service: str) -> bool:
        return not self.services or service in self.services

    def until(self, moment: datetime) -> datetime | None:
        """When it ends, if it is in force at that moment."""
        if self.crontab is None:
            begin, end = self.window
            return end if begin <= moment < end else None
        begins = crontab.latest(self.crontab, self.timezone, moment)
        return begins + self._length if begins and moment < begins + self._length else None

    @property
    def rule(self) -> str:
        """When it is in force, as the config says it."""
        if self.crontab:
            return f"{self.crontab} {self.timezone}, {self.duration_hours:g} hours"
        zone = ZoneInfo(self.timezone)
        return " to ".join(f"{each.astimezone(zone):%Y-%m-%d %H:%M %Z}" for each in self.window)

    def windows(self) -> list[Window]:
        """Its window; of one that comes again, those of the fixed year."""
        if self.crontab is None:
            return [self.window]
        found = islice(crontab.following(self.crontab, self.timezone, LOOKED_FROM), LOOKED_AT)
        return [(begin, begin + self._length) for begin in takewhile(lambda each: each < LOOKED_UNTIL, found)]

    def describe(self, until: datetime) -> str:
        return f"{self.reason} (until {until.astimezone(ZoneInfo(self.timezone)):%Y-%m-%d %H:%M %Z})"


def refuse_overlaps(freezes: Sequence[Freeze]) -> None:
    """Raise ValueError when two of one kind overlap for a service. One that comes again may meet a single one."""
    for one, other in combinations(freezes, 2):
        same = not one.services or not other.services or set(one.services) & set(other.services)
        alike = (one.crontab is None) == (other.crontab is None)
        # In order, each window of the two need only be compared with the next.
        if same and alike and _overlap(pairwise(sorted(one.windows() + other.windows()))):
            raise ValueError(
                f"{one.reason!r} ({one.rule}) and {other.reason!r} ({other.rule}) overlap: "
                "make one of them, or let one end when the other begins"
            )


def _overlap(pairs: Iterable[tuple[Window, Window]]) -> bool:
    return any(end > begins for (_, end), (begins, _) in pairs)


def in_force(freezes: Sequence[Freeze], service: str, moment: datetime) -> str | None:
    """The freeze that the service is in, with its end; of several the one that ends last."""
    found = _last_to_end(freezes, service, moment)
    return found[1].describe(found[0]) if found else None


def free_run(freezes: Sequence[Freeze], service: str, runs: Runs, moment: datetime) -> datetime | None:
    """The first of a schedule's runs after that moment in no freeze; None when there is none for a year."""
    end = moment + timedelta(days=366)
    while (run := next(runs(moment), None)) is not None and run < end:
        found = _last_to_end(freezes, service, run)
        if found is None:
            return run
        moment = found[0] - timedelta.resolution  # one that comes when the freeze ends is in none
    return None


def _last_to_end(freezes: Sequence[Freeze], service: str, moment: datetime) -> tuple[datetime, Freeze] | None:
    found = [(end, each) for each in freezes if each.concerns(service) and (end := each.until(moment))]
    return max(found, key=lambda each: each[0], default=None)


def is_overridden(freeze: str | None, passed: str | None) -> bool:
    """Whether there is no freeze, or it is the one that `passed`, kept by `override`, was about."""
    return freeze is None or (passed or "").startswith(f"{freeze}: ")


def override(service: str, freeze: str | None, why: str | None, command: str = "") -> str | None:
    """What the record keeps of a freeze that was overridden. Raises FreezeInForce when nobody said why.

    `command`: the one that was refused, where that is not `bluegreen deploy SERVICE`.
    """
    if freeze is None:
        return None
    if why is None:
        raise FreezeInForce(
            f"{service} is frozen: {freeze}",
            advice=f'If it must be: {command or f"bluegreen deploy {service}"} --override-freeze "why". '
            "A rollback needs no word; bluegreen schedule lists what is planned.",
        )
    return f"{freeze}: {why}"
