"""Moments as people read them: in the zone of whoever looks, and how far away they are. Pure but for that zone."""

from datetime import UTC, datetime

from bluegreen.deployment.record import now

UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def readable(moment: datetime, seen_from: datetime | None = None) -> str:
    """ "14:33, 2 h ago"; with its date where that is not today's: "2026-11-28 14:33, 1 d ago"."""
    return f"{clock(moment, seen_from)}, {distance(moment, seen_from)}"


def clock(moment: datetime, seen_from: datetime | None = None) -> str:
    """The same without the distance."""
    local, today = moment.astimezone(), (seen_from or now()).astimezone().date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"


def distance(moment: datetime, seen_from: datetime | None = None) -> str:
    """In the largest unit of which it is one: "2 h ago", "in 5 min"."""
    seconds = ((seen_from or now()) - moment).total_seconds()
    length = span(abs(seconds))
    return f"{length} ago" if seconds >= 0 else f"in {length}"


def span(seconds: float) -> str:
    """ "2 h", "5 min", "12 s"."""
    unit, size = next((each for each in UNITS if seconds >= each[1]), UNITS[-1])
    return f"{seconds // size:.0f} {unit}"


def as_utc(moment: datetime) -> str:
    """As `--json` has it."""
    return moment.astimezone(UTC).isoformat()
