"""What the health check makes of answers and of a container's own HEALTHCHECK."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import AbortRequested, NotHealthy
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color, Phase
from bluegreen.http import Response
from tasks.context import PhaseContext
from tasks.deploy import health_check
from tasks.phase import TryAgain
from tests.cancellations import Cut
from tests.runtimes.in_memory import REFUSED, WELL
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit

NOT_YET = Response(503, "not yet", 0.0)
RUNS = Instance(True, described="container app")
UNHEALTHY = replace(RUNS, described="container app (running, health: unhealthy)", healthy=False)
HEALTHY = replace(RUNS, healthy=True)


class Started(Host):
    """Green runs, and says these things in turn; the last of each comes again and again."""

    def __init__(
        self,
        folder: Path,
        answers: Iterable[Response] = (WELL,),
        looks: Iterable[Instance] = (RUNS,),
        **health: Any,
    ) -> None:
        super().__init__(folder, health=health)
        answering, looking = repeating(answers), repeating(looks)
        self.runtime.colors[Color.GREEN] = RUNS
        self.runtime.answer = lambda color: next(answering)
        self.runtime.look = lambda color: next(looking)
        self.runtime.lines[Color.GREEN] = "its last words"

    def phase(self) -> PhaseContext:
        release = Release(name="v1")
        return self.deployment(Phase.HEALTH_CHECK, to_color=Color.GREEN, release=release, started=True)


def repeating(values: Iterable[Any]) -> Any:
    *first, last = values
    return itertools.chain(first, itertools.repeat(last))


@pytest.fixture(autouse=True)
def _looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_check, "LOOK", 0.0)


def test_a_version_is_well_after_so_many_good_answers_in_a_row(tmp_path: Path) -> None:
    answers = [REFUSED, WELL, WELL, NOT_YET, WELL, WELL, WELL]
    host = Started(tmp_path, answers, successes=3, interval=30)
    asked: list[Color] = []
    answer = host.runtime.answer
    host.runtime.answer = lambda color: (asked.append(color), answer(color))[1]

    assert health_check.health_check.work(host.phase()).startswith("healthy after ")

    assert asked == [Color.GREEN] * len(answers)


def test_a_version_that_its_own_check_gave_up_on_while_it_booted_has_all_its_attempts(tmp_path: Path) -> None:
    looks = [HEALTHY, UNHEALTHY, UNHEALTHY, UNHEALTHY, UNHEALTHY, HEALTHY]

    assert health_check.health_check.work(Started(tmp_path, [NOT_YET, NOT_YET, WELL], looks).phase())


def test_an_attempt_that_is_used_up_is_followed_by_the_next_one(tmp_path: Path) -> None:
    phase = Started(tmp_path, [NOT_YET], interval=0.01, attempts=2).phase()

    with pytest.raises(TryAgain) as again:
        health_check.health_check.work(phase)

    assert (again.value.error, again.value.attempt, again.value.attempts) == ("503: not yet", 1, 2)


def test_the_last_attempt_ends_in_what_was_seen(tmp_path: Path) -> None:
    with pytest.raises(NotHealthy, match=r"green did not get healthy in 1 x 0.01 s") as refused:
        health_check.health_check.work(Started(tmp_path, [NOT_YET], interval=0.01, attempts=1).phase())

    assert "last answer: 503: not yet" in refused.value.saw and "its last words" in refused.value.saw


def test_an_attempt_whose_worker_died_does_not_count(tmp_path: Path) -> None:
    host = Started(tmp_path, [NOT_YET], interval=0.01, attempts=2)
    taken_over = host.again(host.phase())

    with pytest.raises(TryAgain) as again:
        health_check.health_check.work(taken_over)

    assert again.value.attempt == 1


def test_good_answers_do_not_make_up_for_a_check_that_fails(tmp_path: Path) -> None:
    host = Started(tmp_path, [WELL], [UNHEALTHY], interval=0.05, attempts=1)

    with pytest.raises(NotHealthy) as refused:
        health_check.health_check.work(host.phase())

    assert "200: well; container app (running, health: unhealthy) calls itself unhealthy" in refused.value.saw
    assert "start_period" in refused.value.advice


def test_the_advice_is_that_of_the_answer_while_it_is_not_good(tmp_path: Path) -> None:
    host = Started(tmp_path, [Response(404, "", 0.0)], [UNHEALTHY], interval=0.01, attempts=1)

    with pytest.raises(NotHealthy) as refused:
        health_check.health_check.work(host.phase())

    assert "health.path" in refused.value.advice and "start_period" not in refused.value.advice


@pytest.mark.parametrize("dead", [Instance(False, described="exited"), replace(RUNS, restarts=1)])
def test_a_version_that_died_is_not_waited_for(dead: Instance, tmp_path: Path) -> None:
    with pytest.raises(NotHealthy, match="the new version died") as refused:
        health_check.health_check.work(Started(tmp_path, [NOT_YET], [RUNS, RUNS, dead], interval=60).phase())

    assert "its last words" in refused.value.saw


def test_an_abort_ends_the_wait(tmp_path: Path) -> None:
    host = Started(tmp_path, [NOT_YET], interval=60)
    host.cancellation = Cut(at_once=True)

    with pytest.raises(AbortRequested):
        health_check.health_check.work(host.phase())
