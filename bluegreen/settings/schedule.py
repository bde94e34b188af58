"""A service's schedule, as it stands in bluegreen.toml, and what is to be done at a moment. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bluegreen.deployment.deadline import STARTING_SECONDS
from bluegreen.deployment.names import checked_ref
from bluegreen.settings import crontab
from bluegreen.settings.base import Settings
from bluegreen.settings.crontab import Expression, Zone


def _ref(text: str) -> str:
    try:
        return checked_ref(text)
    except Exception as refused:
        raise ValueError(str(refused)) from None


class Schedule(Settings):
    """When the service is deployed without anybody asking, and what."""

    crontab: Expression
    timezone: Zone = "UTC"
    #: branch, tag or commit; None: as `bluegreen deploy` without --ref
    ref: Annotated[str, AfterValidator(_ref)] | None = None
    #: in place of a ref: the newest of the tags that match, such as "v*", by the order of their versions
    newest_tag: Annotated[str, Field(pattern=r"^[A-Za-z0-9*][A-Za-z0-9*._/+-]{0,99}$")] | None = None
    #: nothing is deployed while the commit, or the image in its registry, is the live one, or the one that this
    #: schedule deployed last
    only_when_changed: bool = False
    #: seconds after its time within which it must have begun; later, it was missed
    starting_deadline: Annotated[float, Field(ge=60, le=86400)] = STARTING_SECONDS
    #: what becomes of runs that were missed: none of them takes place, or one for all of them
    missed: Literal["skip", "catch_up"] = "skip"

    @model_validator(mode="after")
    def _one_ref(self) -> Self:
        if self.ref and self.newest_tag:
            raise ValueError("needs either ref or newest_tag")
        return self

    @property
    def rule(self) -> str:
        """By which it comes: another rule begins now, and has missed nothing."""
        return f"{self.crontab} {self.timezone}"

    @property
    def asks(self) -> bool:
        """Whether it must look into the repository, or the registry, before each run."""
        return self.only_when_changed or self.newest_tag is not None

    def runs(self, after: datetime) -> Iterator[datetime]:
        """Its times after that moment."""
        return crontab.following(self.crontab, self.timezone, after)


class Due(StrEnum):
    """What becomes of a time that has come."""

    #: it takes place now
    RUN = "run"
    #: it is too late, and runs that were missed are skipped
    MISSED = "missed"


def due(schedule: Schedule, decided: datetime, moment: datetime) -> tuple[datetime, Due] | None:
    """The last time that has come and is not decided yet, if there is one; the ones before it are one with it."""
    time = crontab.latest(schedule.crontab, schedule.timezone, moment)
    if time is None or time <= decided:
        return None
    is_late = moment - time > timedelta(seconds=schedule.starting_deadline)
    return time, Due.MISSED if is_late and schedule.missed == "skip" else Due.RUN
