"""Freezes: which moments are in one, and which ones are refused in the config."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bluegreen.deployment.errors import ConfigError, FreezeInForce
from bluegreen.settings import config_file, crontab, freezes
from bluegreen.settings.service import Config
from tests.bluegreen.settings.test_config_file import GOOD

pytestmark = pytest.mark.unit

CHRISTMAS = """
[[freezes]]
reason = "Christmas"
start = 2026-12-23T18:00:00
end = 2027-01-04T06:00:00
timezone = "Europe/Berlin"
"""
WEEKEND = """
[[freezes]]
reason = "weekend"
crontab = "0 16 * * FRI"
duration_hours = 62
"""
NIGHTS = WEEKEND.replace("weekend", "nights").replace("16 * * FRI", "22 * * *").replace("62", "8")


def config(text: str) -> Config:
    return config_file.parse(tomllib.loads(text + GOOD))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_it_is_in_force_from_its_start_until_its_end_by_its_clock() -> None:
    given = config(CHRISTMAS).freezes

    assert freezes.in_force(given, "web", utc(2026, 12, 23, 16, 59)) is None
    assert freezes.in_force(given, "web", utc(2026, 12, 23, 17)) == "Christmas (until 2027-01-04 06:00 CET)"
    assert freezes.in_force(given, "web", utc(2027, 1, 4, 4, 59)) is not None
    assert freezes.in_force(given, "web", utc(2027, 1, 4, 5)) is None


def test_one_that_comes_again_is_in_force_for_its_hours() -> None:
    given = config(WEEKEND).freezes

    assert freezes.in_force(given, "web", utc(2026, 11, 27, 15, 59)) is None
    assert freezes.in_force(given, "web", utc(2026, 11, 28, 12)) == "weekend (until 2026-11-30 06:00 UTC)"
    assert freezes.in_force(given, "web", utc(2026, 11, 30, 6)) is None


def test_one_inside_another_is_told_by_the_end_that_counts() -> None:
    given = config(CHRISTMAS + WEEKEND).freezes

    assert "Christmas" in (freezes.in_force(given, "web", utc(2026, 12, 26)) or "")


def test_it_is_only_for_the_services_that_it_names() -> None:
    given = config(CHRISTMAS + 'services = ["web"]\n').freezes

    assert freezes.in_force(given, "web", utc(2026, 12, 24)) and not freezes.in_force(
        given, "api", utc(2026, 12, 24)
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (CHRISTMAS + CHRISTMAS.replace("Christmas", "New Year"), "overlap: make one of them"),
        (
            WEEKEND + NIGHTS,
            "'weekend' (0 16 * * FRI UTC, 62 hours) and 'nights' (0 22 * * * UTC, 8 hours) overlap",
        ),
        (CHRISTMAS.replace("2027", "2025"), "freezes.0: its end is not after its start"),
        (WEEKEND.replace("62", "169"), "freezes.0: overlaps itself"),
        (
            '[[freezes]]\nreason="x"\ncrontab="0 8 * * *"\nduration_hours=23.5\ntimezone="Europe/Berlin"\n',
            "overlaps itself",
        ),
        (WEEKEND.replace("0 16", "0 24"), "freezes.0.crontab: is not a crontab"),
        (
            WEEKEND.replace("duration_hours = 62", ""),
            "freezes.0: needs either start and end, or crontab and duration_hours",
        ),
        (CHRISTMAS + "duration_hours = 1\n", "freezes.0: needs either"),
        (CHRISTMAS + 'services = ["wbe"]\n', "freezes.0.services: there is no service wbe"),
        (CHRISTMAS.replace("Berlin", "Belrin"), "freezes.0.timezone: there is no such time zone"),
    ],
)
def test_a_wrong_one_is_refused_in_the_config(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config(text)

    assert complaint in str(refused.value)


def test_two_that_come_again_may_take_turns_or_be_of_two_services() -> None:
    config(WEEKEND + NIGHTS.replace("22 * * *", "22 * * MON-THU"))
    text = (
        WEEKEND
        + 'services = ["web"]\n'
        + NIGHTS
        + 'services = ["api"]\n'
        + GOOD.replace("services.web", "services.api").replace("upstream.inc", "api.inc")
    )
    config(text)


def test_one_may_begin_when_another_ends() -> None:
    config(
        CHRISTMAS
        + """
[[freezes]]
reason = "stocktaking"
start = 2027-01-04T05:00:00Z
end = 2027-01-05
"""
    )


def test_the_first_run_in_no_freeze_is_found_and_one_at_the_end_of_a_freeze_is_in_none() -> None:
    given = config(CHRISTMAS + WEEKEND).freezes

    def free(expression: str) -> datetime | None:
        def runs(after: datetime) -> Iterator[datetime]:
            return crontab.following(expression, "UTC", after)

        return freezes.free_run(given, "web", runs, utc(2026, 12, 24))

    assert free("0 5 * * *") == utc(2027, 1, 4, 5) + timedelta(days=1), "the weekend's freeze lasts until 6"
    assert free("0 6 * * *") == utc(2027, 1, 4, 6)
    assert free("0 12 * * SAT,SUN") is None


def test_whoever_says_why_may_pass_and_the_word_is_kept() -> None:
    assert freezes.override("web", None, "why") is None
    assert freezes.override("web", "Christmas (until then)", "CVE-1") == "Christmas (until then): CVE-1"
    with pytest.raises(FreezeInForce, match="--override-freeze"):
        freezes.override("web", "Christmas (until then)", None)


def test_one_for_ever_ends_in_a_year_that_there_is() -> None:
    for_ever = CHRISTMAS.replace("2027-01-04T06:00:00", "9999-12-31T23:59:59")
    assert freezes.in_force(config(for_ever).freezes, "web", utc(2999, 1, 1)) is not None

    with pytest.raises(ConfigError, match="a year that does not exist in UTC"):
        config(for_ever.replace("Europe/Berlin", "America/New_York"))
