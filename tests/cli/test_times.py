"""Moments as people read them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from cli.output import times

pytestmark = pytest.mark.unit

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def reader_in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nine hours before UTC, without a summer time."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system has one zone for all")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (timedelta(seconds=0), "21:00, 0 s ago"),
        (timedelta(seconds=59), "20:59, 59 s ago"),
        (timedelta(minutes=90), "19:30, 1 h ago"),
        (timedelta(hours=20), "01:00, 20 h ago"),
        (timedelta(hours=22), "2026-01-01 23:00, 22 h ago"),
        (timedelta(days=3), "2025-12-30 21:00, 3 d ago"),
        (timedelta(minutes=-5), "21:05, in 5 min"),
        (timedelta(hours=-4), "2026-01-03 01:00, in 4 h"),
    ],
)
def test_a_moment_is_read_in_the_reader_s_zone(before: timedelta, shown: str) -> None:
    assert times.readable(NOON - before, NOON) == shown


def test_for_programs_it_stays_in_utc() -> None:
    assert times.as_utc(NOON.astimezone()) == "2026-01-02T12:00:00+00:00"
