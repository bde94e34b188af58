"""What a worker sees of a live version, and when it starts one again."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.deployment.errors import PhaseFailed, Superseded
from bluegreen.deployment.event import EventKind
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color
from bluegreen.http import Response
from bluegreen.store import events, observations
from bluegreen.traffic.serving import hasty_ask
from tests.runtimes.in_memory import WELL
from tests.tasks.memory import Host, in_no_time
from workflows import watching
from workflows.watching import Restarts, Watch

pytestmark = pytest.mark.unit

AWAY = Response(503, "away", 0.0)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host(tmp_path)
    in_no_time(monkeypatch)
    monkeypatch.setattr(watching, "hasty_ask", lambda site, live: hasty_ask(site, live, host.runtime.request))
    monkeypatch.setattr(watching, "AGAIN_SECONDS", 0)
    return host


def watch_of(host: Host) -> Watch:
    known: Any = SimpleNamespace(site=lambda name, opener: host.site)
    return Watch(host.store, known, ["web"])


def seen(host: Host) -> observations.Observation:
    observation = observations.read(host.store.redis, host.store.installation, "web")
    assert observation is not None
    return observation


def kinds(host: Host, deployment: Deployment) -> list[EventKind]:
    return [each.kind for each in events.read(host.store.redis, deployment.id)]


def test_what_answers_is_written_down_and_left(host: Host) -> None:
    host.live()

    watch_of(host).look("web")

    assert (seen(host).color, seen(host).release, seen(host).serves) == (Color.BLUE, "v1", True)
    assert host.runtime.log == []


def test_what_answers_at_the_second_look_is_well(host: Host) -> None:
    host.live()
    answers = iter([AWAY] * 3)
    host.runtime.answer = lambda color: next(answers, WELL)

    assert watch_of(host).observation("web").serves


def test_a_switch_between_two_looks_is_looked_at_once_more(host: Host) -> None:
    host.run(Color.GREEN, host.live())
    host.runtime.answer = lambda color: AWAY if color is Color.BLUE else WELL
    watch = watch_of(host)
    looks: list[object] = []
    see = watch._see

    def switching(service: str) -> observations.Observation:
        looks.append(service)
        found = see(service)
        host.serve(Color.GREEN, "v2", 2)
        return found

    watch._see = switching  # type: ignore[method-assign]

    assert watch.observation("web").color is Color.GREEN and len(looks) == 3


def test_what_cannot_be_looked_at_is_said(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise PhaseFailed("the Engine is away")

    monkeypatch.setattr(host.upkeep, "find_live", away)
    watch_of(host).look("web")

    assert (seen(host).color, seen(host).what) == (None, "the Engine is away")


def test_a_live_process_that_died_is_started_again_and_that_is_in_the_events(host: Host) -> None:
    live = host.live()
    host.runtime.die(Color.BLUE, 1)

    watch_of(host).look("web")

    assert host.runtime.log == ["start blue v1"] and host.runtime.look(Color.BLUE).deployment_id == live.id
    assert kinds(host, live)[-1] is EventKind.RESTARTED


def test_one_that_runs_and_does_not_answer_is_left(host: Host) -> None:
    host.live()
    host.runtime.answer = lambda color: AWAY

    watch_of(host).look("web")

    assert seen(host).serves is False and host.runtime.log == []


def test_while_a_deployment_is_in_hand_it_looks_after_its_colours_itself(host: Host) -> None:
    host.live()
    host.runtime.die(Color.BLUE, 1)
    host.store.create("web", "ann")

    with pytest.raises(Superseded, match="in hand"):
        watch_of(host).look("web")
    assert host.runtime.log == []


def test_a_worker_that_stops_starts_nothing(host: Host) -> None:
    host.live()
    host.runtime.die(Color.BLUE, 1)
    watch = watch_of(host)
    found = watch._see("web")
    watch.stop()

    assert found.color is Color.BLUE and watch.is_cancelled()
    with pytest.raises(Superseded, match="the worker stops"):
        watch._start_again("web", Color.BLUE)
    assert host.runtime.log == []


def test_what_is_not_live_any_more_is_not_started(host: Host) -> None:
    host.live()
    host.runtime.die(Color.BLUE, 1)
    host.serve(Color.GREEN, "v2", 2)

    with pytest.raises(Superseded, match="blue is not live any more"):
        watch_of(host)._start_again("web", Color.BLUE)
    assert host.runtime.log == []


def test_what_does_not_hold_out_is_started_less_and_less_often(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.live()
    clock = [1000.0]
    monkeypatch.setattr(watching, "monotonic", lambda: clock[0])
    watch, started = watch_of(host), []
    for second in range(40):
        clock[0] = 1000.0 + second
        host.runtime.die(Color.BLUE, 1)
        watch._start_again("web", Color.BLUE)
        if host.runtime.look(Color.BLUE).running:
            started.append(second)

    assert started == [0, 5, 15, 35]


def test_the_pause_does_not_grow_without_end_and_is_short_again_once_it_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr(watching, "monotonic", lambda: clock[0])
    restarts = Restarts()
    for _ in range(20):
        restarts.began()
    clock[0] = watching.LONGEST_PAUSE
    assert restarts.is_due()
    clock[0] -= 1
    assert not restarts.is_due()

    restarts.over()
    assert restarts.is_due()
    restarts.began()
    clock[0] += watching.FIRST_PAUSE
    assert restarts.is_due()


def test_an_error_in_one_service_does_not_keep_the_rounds_from_the_next(
    host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    watch = watch_of(host)

    def defect(service: str) -> None:
        raise KeyError("x")

    monkeypatch.setattr(watch, "look", defect)
    watch._look_in_turn("web")

    assert "web: what users get" in caplog.text
