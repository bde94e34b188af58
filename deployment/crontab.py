"""Crontab expressions in a time zone: when they come, as moments in UTC.

Summer time, as Debian's cron has it: a time that a day does not have comes when the clock has jumped; one that
a day has twice comes the first time only. Expressions with a `*` for minute or hour come by elapsed time.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from itertools import islice, takewhile
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator


def following(expression: str, zone: str, after: datetime) -> Iterator[datetime]:
    """The moments after that one, in order; they end when none comes within 50 years."""
    for moment in CronSim(expression, after.astimezone(ZoneInfo(zone))):
        # Beside a clock that is set back, it begins an hour early.
        if (found := moment.astimezone(UTC)) > after:
            yield found


def latest(expression: str, zone: str, until: datetime) -> datetime | None:
    """The last moment up to and with that one."""
    local = until.astimezone(ZoneInfo(zone))
    backwards = CronSim(expression, local.replace(microsecond=0) + timedelta(seconds=1), reverse=True)
    found = [each.astimezone(UTC) for each in islice(backwards, 2)]
    if not found:
        return None
    # Beside a change of clocks it has looked at the wall and not at the time: there, those that follow decide.
    before = found[-1] - timedelta(days=1)
    if before.astimezone(ZoneInfo(zone)).utcoffset() == local.utcoffset():
        return found[0]
    return max(takewhile(lambda each: each <= until, following(expression, zone, before)), default=None)


def _checked_expression(expression: str) -> str:
    if len(expression.split()) != 5:
        raise ValueError("should have five fields: minute, hour, day of the month, month, day of the week")
    try:
        comes = next(CronSim(expression, datetime.now(UTC)), None)
    except CronSimError as error:
        raise ValueError(f"is no crontab, or one that never comes: {error}") from None
    if comes is None:
        raise ValueError("never comes")
    return expression


def _checked_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # of ZoneInfo: not found, a path, a folder
        close = get_close_matches(name, available_timezones(), n=3, cutoff=0.5)
        hint = f"; did you mean {', '.join(close)}?" if close else ", such as Europe/Berlin or UTC"
        raise ValueError(f"there is no such time zone{hint}") from None
    return name


Expression = Annotated[str, AfterValidator(_checked_expression)]
Zone = Annotated[str, AfterValidator(_checked_zone)]
