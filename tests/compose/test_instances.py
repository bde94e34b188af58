"""A container's state, in our words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compose.instances import NEVER, ago, ended, instance_of, moment

pytestmark = pytest.mark.unit

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def container(**state: Any) -> dict[str, Any]:
    usual = {
        "Status": "running",
        "Running": True,
        "Restarting": False,
        "OOMKilled": False,
        "ExitCode": 0,
        "Error": "",
        "StartedAt": "2026-01-01T11:00:00.123456789Z",
        "FinishedAt": NEVER,
    }
    return {"Name": "/app", "State": usual | state, "Config": {"Labels": None}, "RestartCount": 0}


@pytest.mark.parametrize(
    ("state", "described"),
    [
        ({}, "container app (running)"),
        ({"Health": {"Status": "starting"}}, "container app (running, health: starting)"),
        ({"Status": "exited", "Running": False, "ExitCode": 1}, "container app (exited, code 1)"),
        (
            {"Status": "exited", "Running": False, "ExitCode": 137, "OOMKilled": True},
            "container app (exited, code 137, OOM-killed)",
        ),
        (
            {"Status": "created", "Running": False, "Error": "no such file"},
            "container app (created, no such file)",
        ),
        ({"Status": "restarting", "Restarting": True, "ExitCode": 3}, "container app (restarting, code 3)"),
    ],
)
def test_a_state_is_put_into_words(state: dict[str, Any], described: str) -> None:
    assert instance_of(container(**state)).described == described


def test_a_container_that_waits_for_its_next_start_does_not_run() -> None:
    found = instance_of(container(Status="restarting", Restarting=True, ExitCode=3))

    assert (found.running, found.exit_code) == (False, 3)


@pytest.mark.parametrize(
    ("status", "healthy"), [("healthy", True), ("unhealthy", False), ("starting", None), ("none", None)]
)
def test_starting_is_no_verdict(status: str, healthy: bool | None) -> None:
    assert instance_of(container(Health={"Status": status})).healthy is healthy


def test_a_container_that_was_never_started_has_no_exit_code() -> None:
    found = instance_of(container(Status="created", Running=False, StartedAt=NEVER))

    assert (found.exit_code, found.started) == (None, None)


def test_the_engines_nanoseconds_can_be_read() -> None:
    assert moment("2026-01-01T12:00:00.123456789Z") == NOW.replace(microsecond=123456)
    assert moment("2026-01-01T13:00:00+01:00") == NOW


def test_an_end_is_told_with_its_time_and_code() -> None:
    state = container(Status="exited", ExitCode=1, FinishedAt="2026-01-01T11:57:00Z")["State"]

    assert ended(state, NOW) == "exited 3 minutes ago, code 1"
    assert ended(state | {"FinishedAt": NEVER, "Status": "created"}, NOW) == "created"


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_a_time_is_told_in_the_largest_unit_that_fits(time: timedelta, said: str) -> None:
    assert ago(time.total_seconds()) == said
