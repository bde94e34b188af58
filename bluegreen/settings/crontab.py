"""Crontab expressions in a time zone: when they come, as moments in UTC.

Summer time, as Debian's cron has it: a time that a day does not have comes when the clock has jumped; one that
a day has twice comes the first time only. Expressions with a `*` for minute or hour come by elapsed time.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from itertools import islice, takewhile
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator

#: files beside the zones of a system that are not zones: what they say differs from host to host
NO_ZONES = {"localtime", "posixrules", "Factory"}
#: where clocks show what people call by these letters, in summer or in winter
PLACES = {
    **dict.fromkeys(("CEST", "MESZ", "MEZ"), "Europe/Berlin"),
    **dict.fromkeys(("EEST",), "Europe/Helsinki"),
    **dict.fromkeys(("WEST",), "Europe/Lisbon"),
    **dict.fromkeys(("BST",), "Europe/London"),
    **dict.fromkeys(("EDT", "ET"), "America/New_York"),
    **dict.fromkeys(("CST", "CDT", "CT"), "America/Chicago"),
    **dict.fromkeys(("MDT", "MT"), "America/Denver"),
    **dict.fromkeys(("PST", "PDT", "PT"), "America/Los_Angeles"),
    **dict.fromkeys(("IST",), "Asia/Kolkata"),
    **dict.fromkeys(("JST",), "Asia/Tokyo"),
    **dict.fromkeys(("AEST", "AEDT"), "Australia/Sydney"),
}


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
    if error := _problem_of(expression):
        minute, hour, day, _, weekday = expression.split()
        # Cronsim calls the 30th of February a bad day, too.
        if _problem_of(f"{minute} {hour} {day} * {weekday}") is None:
            raise ValueError("never comes: none of its months has such a day")
        raise ValueError(f"is not a crontab: {error}")
    if next(CronSim(expression, datetime.now(UTC)), None) is None:
        raise ValueError("never comes")
    return expression


def _problem_of(expression: str) -> str | None:
    try:
        CronSim(expression, datetime.now(UTC))
    except CronSimError as error:
        return str(error)
    return None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - NO_ZONES)


def _checked_zone(name: str) -> str:
    if name in _zones():
        return name
    close = PLACES.get(name.upper()) or ", ".join(get_close_matches(name, _zones(), n=3, cutoff=0.5))
    hint = f"; did you mean {close}?" if close else ", such as Europe/Berlin or UTC"
    raise ValueError(f"there is no such time zone{hint}")


Expression = Annotated[str, AfterValidator(_checked_expression)]
Zone = Annotated[str, AfterValidator(_checked_zone)]
