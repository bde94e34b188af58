"""What a phase's work is given."""

import pytest

from bluegreen.deployment.errors import AbortRequested, PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color, Phase
from tests.cancellations import Cut
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit


def test_an_error_says_to_what_it_leads(host: Host) -> None:
    first = host.deployment(Phase.SWITCH_TRAFFIC, to_color=Color.BLUE)
    assert first.way_back == "The proxies get the files back that they had."

    first.note(from_color=Color.GREEN)
    assert first.way_back == "The old version takes the traffic back."


def test_a_marker_names_the_release_of_its_colour(host: Host) -> None:
    releases = {"release": Release(name="v2"), "from_release": Release(name="v1")}
    context = host.deployment(Phase.SWITCH_TRAFFIC, to_color=Color.GREEN, from_color=Color.BLUE, **releases)

    for color, release in ((Color.GREEN, "v2"), (Color.BLUE, "v1"), (None, None)):
        marker = context.route(color).marker
        assert (marker.service, marker.color, marker.release) == ("web", color, release)
        assert marker.order == (context.deployment.generation, context.deployment.epoch)


def test_a_warning_is_noted_once(host: Host) -> None:
    context = host.deployment(Phase.SWITCH_TRAFFIC)
    for _ in range(2):
        context.warn("one", "two")

    context.warn("two", "three")

    assert host.written(context).warnings == ("one", "two", "three")


def test_a_disk_without_room_does_not_fail_a_switch_that_is_in_force(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep_confirmed(generation: int) -> None:
        raise PhaseFailed("no room")

    context = host.deployment(Phase.SWITCH_TRAFFIC)
    monkeypatch.setattr(host.router, "keep_confirmed", keep_confirmed)

    context.keep_confirmed()

    assert host.written(context).warnings == ("no room",)


def test_waits_and_questions_end_by_the_cancellation(host: Host) -> None:
    running = host.deployment(Phase.SWITCH_TRAFFIC)
    context = host.context(running.lease, running.deployment, Cut(at_once=True))

    assert context.is_cancelled() and not running.is_cancelled()
    for ask in (context.check, lambda: context.pause(60)):
        with pytest.raises(AbortRequested):
            ask()
