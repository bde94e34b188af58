"""A schedule in the config, and which of its times are due."""

import tomllib
from datetime import UTC, datetime

import pytest

from bluegreen.deployment.errors import ConfigError
from bluegreen.settings import config_file
from bluegreen.settings.schedule import Due, Schedule, due
from tests.bluegreen.settings.test_config_file import GOOD

pytestmark = pytest.mark.unit

NIGHTLY = Schedule(crontab="30 2 * * *", starting_deadline=600)
CATCHES_UP = NIGHTLY.model_copy(update={"missed": "catch_up"})


def day(number: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, number, hour, minute, tzinfo=UTC)


def test_a_time_is_due_from_when_it_comes_until_it_is_decided() -> None:
    assert due(NIGHTLY, day(1, 3), day(2, 2, 29)) is None
    assert due(NIGHTLY, day(1, 3), day(2, 2, 30)) == (day(2, 2, 30), Due.RUN)
    assert due(NIGHTLY, day(2, 2, 30), day(2, 2, 31)) is None


def test_it_may_be_a_little_late_but_not_more_than_its_deadline() -> None:
    assert due(NIGHTLY, day(1, 3), day(2, 2, 40)) == (day(2, 2, 30), Due.RUN)
    assert due(NIGHTLY, day(1, 3), day(2, 2, 41)) == (day(2, 2, 30), Due.MISSED)


def test_of_all_that_were_missed_one_is_caught_up() -> None:
    assert due(CATCHES_UP, day(1, 3), day(20, 12)) == (day(20, 2, 30), Due.RUN)
    assert due(NIGHTLY, day(1, 3), day(20, 12)) == (day(20, 2, 30), Due.MISSED)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('crontab = "0 0 31 2 *"', "services.web.schedule.crontab: never comes"),
        ('crontab = "0 0 * * *"\ntimezone = "Mars"', "services.web.schedule.timezone: there is no such time zone"),
        ('crontab = "0 0 * * *"\nref = "--upload-pack=x"', "services.web.schedule.ref: ref '--upload-pack=x' is"),
        (
            'crontab = "0 0 * * *"\nref = "x"\nnewest_tag = "v*"',
            "services.web.schedule: needs either ref or newest_tag",
        ),
        (
            'crontab = "0 0 * * *"\nnewest_tag = "v*"',
            "services.web: schedule: newest_tag needs a [source]",
        ),
        ('crontab = "0 0 * * *"\nmissed = "never"', "services.web.schedule.missed: "),
        ('timezone = "UTC"', "services.web.schedule.crontab: is missing"),
    ],
)
def test_a_wrong_one_is_refused_in_the_config(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config_file.parse(tomllib.loads(GOOD + "[services.web.schedule]\n" + text))

    assert complaint in str(refused.value)
