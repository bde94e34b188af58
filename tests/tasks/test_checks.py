"""The checks of a service, in memory: whom they ask, and what an answer that is not as it must be does."""

from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import NotHealthy, PhaseFailed
from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.states import Phase
from bluegreen.settings.checks import CheckSettings
from bluegreen.settings.service import HealthSettings
from bluegreen.traffic.checks import Checked
from tasks import checks
from tasks.context import PhaseContext
from tests.runtimes.in_memory import WELL
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit

PROXIES = [{"conf": "one", "file": "one", "url": "https://site.example"}, {"conf": "other", "file": "other"}]


def checked(folder: Path, problem: str = "", **noted: Any) -> tuple[PhaseContext, list[str]]:
    """A deployment whose checks find this, and the urls that they ask."""
    host = Host(folder, proxies=PROXIES, checks=[{"path": "/api"}])
    context, asked = host.upgrade(Phase.HEALTH_CHECK, **noted), list[str]()

    def request(check: CheckSettings, url: str, _: HealthSettings) -> Checked:
        asked.append(url)
        return Checked(WELL, problem)

    context.request_check = request
    return context, asked


@pytest.mark.parametrize(
    ("point", "url"),
    [(HookPoint.BEFORE_SWITCH, "http://green:80"), (HookPoint.AFTER_SWITCH, "https://site.example")],
)
def test_before_the_switch_the_colour_is_asked_and_after_it_the_site(
    tmp_path: Path, point: HookPoint, url: str
) -> None:
    context, asked = checked(tmp_path)

    checks.run(context, point)

    assert asked == [url]


def test_a_problem_is_an_error_with_the_answer(tmp_path: Path) -> None:
    context, asked = checked(tmp_path, "its status is 500 in place of 200-299")

    with pytest.raises(NotHealthy, match="the check before_switch GET /api failed: its status is 500") as failed:
        checks.run(context, HookPoint.BEFORE_SWITCH)

    assert "green answered: 200: well" in failed.value.saw and len(asked) == 1, "nobody waits in memory"


@pytest.mark.parametrize("protocol", ["http", "grpc", "uwsgi"])
def test_what_does_not_speak_http_cannot_be_asked(tmp_path: Path, protocol: str) -> None:
    context, _ = checked(tmp_path)

    if protocol == "uwsgi":
        with pytest.raises(PhaseFailed, match="cannot be asked"):
            checks.preflight(context, protocol)
    else:
        checks.preflight(context, protocol)
