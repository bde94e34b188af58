"""What the health check makes of answers and of a container's own HEALTHCHECK. A stand-in says both."""

import itertools
from collections.abc import Iterable
from time import monotonic
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.deployment.errors import NotHealthy
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color
from bluegreen.http import Response
from bluegreen.settings.service import ServiceSettings
from bluegreen.traffic.health import Judged
from tasks.context import PhaseContext
from tasks.deploy import health_check
from tests.tasks.test_request_count import SERVICE

pytestmark = pytest.mark.unit

GOOD, BAD = Judged(Response(200, "well", 0.0), True), Judged(Response(503, "not yet", 0.0), False, "Wait.")
UNHEALTHY = Instance(True, described="container app (running, health: unhealthy)", healthy=False)
WELL = Instance(True, healthy=True)


def polled(
    answers: Iterable[Judged], looks: Iterable[Instance], monkeypatch: pytest.MonkeyPatch, seconds: float = 60
) -> health_check.Seen | None:
    """What one attempt comes to; the last answer and the last look come again and again."""
    monkeypatch.setattr(health_check, "LOOK", 0.0)
    said, seen = _repeating(answers), _repeating(looks)
    context = SimpleNamespace(
        service=ServiceSettings.model_validate(SERVICE),
        runtime=SimpleNamespace(look=lambda _: next(seen), logs=lambda _: "its last words"),
        target=Color.GREEN,
        ask_color=lambda _: next(said),
        pause=lambda _: None,
    )
    return health_check._poll(cast(PhaseContext, context), monotonic() + seconds)


def _repeating(values: Iterable[Any]) -> Any:
    *first, last = values
    return itertools.chain(first, itertools.repeat(last))


def test_a_version_that_its_own_check_gave_up_on_while_it_booted_has_all_its_attempts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = [WELL, UNHEALTHY, UNHEALTHY, UNHEALTHY, WELL]

    assert polled([BAD, BAD, GOOD], looks, monkeypatch) is None


def test_good_answers_do_not_make_up_for_a_check_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = polled([GOOD], [UNHEALTHY], monkeypatch, seconds=0.05)

    assert seen is not None
    assert "200: well; container app (running, health: unhealthy) calls itself unhealthy" in seen.told
    assert "start_period" in seen.advice


def test_the_advice_is_that_of_the_answer_while_it_is_not_good(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = polled([BAD], [UNHEALTHY], monkeypatch, seconds=0)

    assert seen is not None
    assert seen.advice == "Wait."


@pytest.mark.parametrize(
    "dead", [Instance(False, described="exited"), Instance(True, described="again", restarts=1)]
)
def test_a_version_that_died_is_not_waited_for(dead: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotHealthy, match="the new version died"):
        polled([BAD], [WELL, dead], monkeypatch)
