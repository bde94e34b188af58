"""What a route with a preview promises, of nginx by the template `variable` and of the router in memory."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import NotRunning
from bluegreen.deployment.proxy import Condition, Marker, PreviewRoute, Retired, Route, WayBack
from bluegreen.deployment.states import Color
from tests.routers.places import LABELS, Visited, in_memory, of_nginx

FREE = NeverCancelled()
SECRET = "0123456789abcdef"
CONDITIONS = [
    Condition("header", "X-Preview", SECRET),
    Condition("cookie", "look", SECRET),
    Condition("host", "preview.example.org"),
]
NONE_OF_THEM = [
    None,
    Condition("header", "X-Preview", SECRET[:-1]),
    Condition("header", "X-Preview", SECRET.upper()),
    Condition("cookie", "look", f"{SECRET}0"),
    Condition("cookie", "look", "1"),
    Condition("host", "www.example.org"),
]


@pytest.fixture(
    params=[
        pytest.param(in_memory, id="in memory", marks=pytest.mark.unit),
        pytest.param(partial(of_nginx, template="variable"), id="nginx", marks=pytest.mark.real),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Visited]:
    with request.param(tmp_path) as place:
        yield place


def route(color: Color | None, generation: int, epoch: int = 1, asks: Condition | None = None) -> Route:
    marker = Marker(service="web", color=color, release="v1", generation=generation, epoch=epoch)
    return Route(marker, PreviewRoute(Color.GREEN, asks) if asks else None)


def send(place: Visited, to: Route) -> Retired:
    """Once those from before are gone, the new workers alone answer."""
    router = place.router()
    with router.prepare(to, FREE) as change:
        change.commit()
    assert router.drain(change.retired, 10, FREE) == 0
    router.keep_confirmed(to.marker.generation)
    return change.retired


def reached(place: Visited, condition: Condition | None = None) -> set[Color | None]:
    return {place.visit(label, condition) for label in LABELS}


@pytest.mark.parametrize("asks", CONDITIONS, ids=lambda each: each.by)
def test_who_meets_the_condition_reaches_its_colour_and_nobody_else(place: Visited, asks: Condition) -> None:
    send(place, route(Color.BLUE, 1))

    send(place, route(Color.BLUE, 2, asks=asks))

    assert reached(place, asks) == {Color.GREEN}
    for other in (*NONE_OF_THEM, *(each for each in CONDITIONS if each is not asks)):
        assert reached(place, other) == {Color.BLUE}, other
    assert {each.said for each in place.router().observe().values()} == {route(Color.BLUE, 2).marker}


def test_it_may_be_opened_twice_and_goes_with_the_switch(place: Visited) -> None:
    send(place, route(Color.BLUE, 1))
    send(place, route(Color.BLUE, 2, 1, CONDITIONS[0]))
    send(place, route(Color.BLUE, 2, 2, CONDITIONS[1]))
    assert reached(place, CONDITIONS[0]) == {Color.BLUE} and reached(place, CONDITIONS[1]) == {Color.GREEN}

    send(place, route(Color.GREEN, 2, 3))
    send(place, route(Color.BLUE, 3))

    assert reached(place, CONDITIONS[1]) == {Color.BLUE}


def test_what_was_before_it_is_restored(place: Visited) -> None:
    send(place, route(Color.BLUE, 1))
    saved = place.router().save(FREE)
    retired = send(place, route(Color.BLUE, 2, 1, CONDITIONS[0]))
    back, router = WayBack(route(Color.BLUE, 2, 2), saved, retired), place.router()
    assert router.may_serve_otherwise(back, LABELS)

    with router.restore(back, router.running(), FREE) as change:
        change.commit()

    assert router.drain(change.retired, 10, FREE) == 0
    assert reached(place) == reached(place, CONDITIONS[0]) == {Color.BLUE}


def test_before_the_first_colour_all_others_go_where_they_went(place: Visited) -> None:
    saved = place.router().save(FREE)

    retired = send(place, route(None, 1, 1, CONDITIONS[0]))
    assert reached(place) == {None} and reached(place, CONDITIONS[0]) == {Color.GREEN}
    assert place.upkeep().find_live(None, previewed=1).color is None

    router = place.router()
    with router.restore(WayBack(route(None, 1, 2), saved, retired), router.running(), FREE) as change:
        change.commit()
    assert router.drain(change.retired, 10, FREE) == 0
    assert reached(place, CONDITIONS[0]) == {None}


def test_where_one_proxy_is_down_none_has_it(place: Visited) -> None:
    send(place, route(Color.BLUE, 1))
    place.end("other")

    with pytest.raises(NotRunning), place.router().prepare(route(Color.BLUE, 2, 1, CONDITIONS[0]), FREE):
        pytest.fail("it was about to open it")

    assert place.visit("one", CONDITIONS[0]) is Color.BLUE


def test_what_is_not_committed_is_not_open(place: Visited) -> None:
    send(place, route(Color.BLUE, 1))

    with place.router().prepare(route(Color.BLUE, 2, 1, CONDITIONS[0]), FREE):
        assert reached(place, CONDITIONS[0]) == {Color.BLUE}

    assert reached(place, CONDITIONS[0]) == {Color.BLUE}


@pytest.mark.parametrize("previewed", [None, 2, 3])
def test_one_that_is_over_is_wrong_and_repaired(place: Visited, previewed: int | None) -> None:
    send(place, route(Color.BLUE, 1))
    send(place, route(Color.BLUE, 2, 1, CONDITIONS[0]))

    found = place.upkeep().find_live(None, previewed=previewed)

    assert found.color is Color.BLUE and bool(found.wrong) is (previewed != 2)
    before = place.router().running()
    place.upkeep().repair(found, route(Color.BLUE, 2, 2), FREE)
    assert place.router().drain(before if found.wrong else {}, 10, FREE) == 0
    assert reached(place) == {Color.BLUE}
    assert reached(place, CONDITIONS[0]) == {Color.GREEN if previewed == 2 else Color.BLUE}
