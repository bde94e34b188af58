"""The tests of the rooms, run by the Windows Python."""

import pytest

from tests.windows.wine import Wine

pytestmark = [pytest.mark.windows, pytest.mark.timeout(600)]


@pytest.mark.parametrize(
    "selected",
    [
        ("-m", "unit", "tests"),
        ("-m", "real", "tests/bluegreen", "--ignore", "tests/bluegreen/source"),
    ],
    ids=["unit", "real"],
)
def test_the_suite_passes_on_windows(windows: Wine, redis_url: str, selected: tuple[str, ...]) -> None:
    env = {"BLUEGREEN_LAB_REDIS_URL": redis_url}

    ran = windows.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *selected, env=env, timeout=590)

    print(ran.stdout)
    assert ran.returncode == 0, ran.stdout[-20_000:]
