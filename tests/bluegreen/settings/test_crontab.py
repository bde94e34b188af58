"""Crontab expressions: when they come, also on the days on which the clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from pydantic import TypeAdapter, ValidationError

from bluegreen.settings import crontab

pytestmark = pytest.mark.unit

BERLIN = "Europe/Berlin"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_a_time_that_the_day_does_not_have_comes_when_the_clock_has_jumped() -> None:
    runs = crontab.following("30 2 * * *", BERLIN, utc(2026, 3, 28))

    assert list(islice(runs, 3)) == [utc(2026, 3, 28, 1, 30), utc(2026, 3, 29, 1, 0), utc(2026, 3, 30, 0, 30)]


def test_a_time_that_the_day_has_twice_comes_once() -> None:
    runs = crontab.following("30 2 * * *", BERLIN, utc(2026, 10, 24))
    between = crontab.following("30 2 * * *", BERLIN, utc(2026, 10, 25, 1, 10))

    assert list(islice(runs, 3)) == [utc(2026, 10, 24, 0, 30), utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)]
    assert next(between) == utc(2026, 10, 26, 1, 30)
    assert crontab.latest("30 2 * * *", BERLIN, utc(2026, 10, 25, 1, 10)) == utc(2026, 10, 25, 0, 30)


def test_what_comes_each_quarter_of_an_hour_comes_so_through_a_change_of_clocks() -> None:
    runs = list(islice(crontab.following("*/15 * * * *", BERLIN, utc(2026, 10, 25, 0)), 12))

    assert {later - earlier for earlier, later in pairwise(runs)} == {timedelta(minutes=15)}


# a clock that is set back by half an hour
@example(expression="0 */2 * * *", zone="Australia/Lord_Howe", day=utc(2026, 4, 4), seconds=15 * 3600 + 1800)
@given(
    expression=some.sampled_from(["30 2 * * *", "*/15 * * * *", "0 */2 * * *", "30 1-3 * * *", "0 12 * * SUN"]),
    zone=some.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "UTC"]),
    day=some.sampled_from(
        [utc(2026, 3, 28), utc(2026, 10, 24), utc(2026, 3, 7), utc(2026, 10, 31), utc(2026, 4, 4)]
    ),
    seconds=some.integers(0, 3 * 86400),
)
@settings(deadline=None, max_examples=40)  # a busy machine is no defect
def test_the_last_one_is_the_last_of_those_that_follow(
    expression: str, zone: str, day: datetime, seconds: int
) -> None:
    moment = day + timedelta(seconds=seconds)
    start = moment - timedelta(days=8 if expression.endswith("SUN") else 3)
    before = takewhile(lambda each: each <= moment, crontab.following(expression, zone, start))

    assert crontab.latest(expression, zone, moment) == list(before)[-1]


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("0 0 30 2 *", "never comes: none of its months has such a day"),
        ("0 0 31 4,6 *", "never comes"),
        ("0 0 32 * *", "is not a crontab: Bad day-of-month"),
        ("61 * * * *", "is not a crontab: Bad minute"),
        ("@daily", "should have five fields"),
        ("0 0 0 * * *", "should have five fields"),
        ("x * * * *", "is not a crontab"),
    ],
)
def test_one_that_never_comes_is_refused(expression: str, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        TypeAdapter(crontab.Expression).validate_python(expression)


def test_the_29th_of_february_comes() -> None:
    TypeAdapter(crontab.Expression).validate_python("0 0 29 2 *")


@pytest.mark.parametrize(
    "name", ["Europe/Belrin", "europe/berlin", "Europe", "../etc/passwd", "", "a\0b", "localtime"]
)
def test_a_time_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="there is no such time zone"):
        TypeAdapter(crontab.Zone).validate_python(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Europe/Belrin", "Europe/Berlin"), ("CEST", "Europe/Berlin"), ("PST", "America/Los_Angeles")],
)
def test_a_slip_of_the_pen_is_answered_with_what_was_meant(name: str, meant: str) -> None:
    with pytest.raises(ValidationError, match=f"did you mean {meant}"):
        TypeAdapter(crontab.Zone).validate_python(name)


def test_every_place_that_is_offered_is_a_zone() -> None:
    for place in crontab.PLACES.values():
        TypeAdapter(crontab.Zone).validate_python(place)
