"""What bluegreen.deployment.proxy promises, of nginx and of the router that unit tests of phases have instead."""

from collections.abc import Callable

import pytest

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import FilesRefused, NotHealthy, NotRunning, PhaseFailed, ProxyRefused, Superseded
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.proxy import Marker, Observed, Retired, Route, Router, WayBack
from bluegreen.deployment.record import now
from bluegreen.deployment.states import Color
from tests.cancellations import Cut, Stale
from tests.routers.places import LABELS, Place

FREE = NeverCancelled()


def route(color: Color | None = Color.BLUE, generation: int = 1, epoch: int = 1) -> Route:
    return Route(Marker(service="web", color=color, release="v1", generation=generation, epoch=epoch))


def everywhere(served: Route | None, said: Route | None) -> dict[str, Observed]:
    observed = Observed(served.marker if served else None, said.marker if said else None)
    return dict.fromkeys(LABELS, observed)


def observed(router: Router) -> dict[str, Observed]:
    """Without what only one kind of proxy knows."""
    return {label: Observed(each.served, each.said) for label, each in router.observe().items()}


def send(router: Router, to: Route) -> Retired:
    """What that has retired, once it is gone: until then it may still answer."""
    with router.prepare(to, FREE) as change:
        change.commit()
    assert router.drain(change.retired, 10, FREE) == 0
    return change.retired


def test_a_route_is_in_force_once_it_is_committed_and_not_before(router: Router) -> None:
    assert observed(router) == everywhere(None, None)

    with router.prepare(route(), FREE) as change:
        assert observed(router) == everywhere(None, route())
        assert change.retired == router.running()
        change.commit()

    assert router.drain(change.retired, 10, FREE) == 0
    assert observed(router) == everywhere(route(), route())
    assert all(router.running().values()) and not any(router.retiring().values())


def test_what_is_left_uncommitted_is_as_it_was(router: Router) -> None:
    send(router, route())

    with router.prepare(route(Color.GREEN, 2), FREE):
        pass

    assert observed(router) == everywhere(route(), route())


@pytest.mark.parametrize("is_committed", [False, True])
def test_an_error_within_the_block_undoes_it(router: Router, is_committed: bool) -> None:
    send(router, route())

    with pytest.raises(NotHealthy), router.prepare(route(Color.GREEN, 2), FREE) as change:
        if is_committed:
            change.commit()
        before = router.running()
        raise NotHealthy("it did not prove itself")

    if is_committed:
        _expect_taken_up(router, before)
    assert observed(router) == everywhere(route(), route())


def _expect_taken_up(router: Router, before: Retired) -> None:
    """Nobody confirms what is undone; that the workers from before are gone does."""
    assert router.drain(before, 10, FREE) == 0


def test_an_abort_before_the_commit_undoes_it(router: Router) -> None:
    cut = Cut()
    send(router, route())

    with (
        pytest.raises(Exception, match="somebody asked to stop"),
        router.prepare(route(Color.GREEN, 2), cut) as it,
    ):
        cut.event.set()
        it.commit()

    assert observed(router) == everywhere(route(), route())


def test_who_was_taken_over_from_undoes_nothing_and_begins_nothing(router: Router) -> None:
    send(router, route())

    with pytest.raises(Superseded), router.prepare(route(Color.GREEN, 2), FREE):
        raise Superseded("by another worker")

    assert observed(router) == everywhere(route(), route(Color.GREEN, 2))
    with pytest.raises(Superseded), router.prepare(route(Color.BLUE, 3), Stale()):
        pytest.fail("it was about to switch")
    assert observed(router) == everywhere(route(), route(Color.GREEN, 2))


@pytest.mark.parametrize(("generation", "epoch"), [(4, 9), (5, 1)])
def test_a_smaller_order_changes_nothing(router: Router, generation: int, epoch: int) -> None:
    newest, older = route(generation=5, epoch=2), route(Color.GREEN, generation, epoch)
    send(router, newest)
    way_back = WayBack(older, router.save(FREE), {})

    acts: tuple[Callable[[], object], ...] = (
        lambda: send(router, older),
        lambda: restore(router, way_back),
        lambda: router.hold(way_back, LABELS, FREE),
    )
    for act in acts:
        with pytest.raises(ProxyRefused, match="newer than this deployment"):
            act()
    assert observed(router) == everywhere(newest, newest)


def restore(router: Router, way_back: WayBack) -> None:
    with router.restore(way_back, router.running(), FREE) as change:
        change.commit()
    assert router.drain(change.retired, 10, FREE) == 0


def test_what_one_proxy_refuses_none_takes_up(place: Place, router: Router) -> None:
    send(router, route())
    place.refuse()

    with pytest.raises(FilesRefused), router.prepare(route(Color.GREEN, 2), FREE):
        pytest.fail("it was about to switch")

    assert observed(router) == everywhere(route(), route())


def test_where_one_proxy_is_down_none_is_switched(place: Place, router: Router) -> None:
    send(router, route())
    place.end("other")

    with pytest.raises(NotRunning), router.prepare(route(Color.GREEN, 2), FREE):
        pytest.fail("it was about to switch")

    down = Observed(None, route().marker)
    assert observed(router) == {**everywhere(route(), route()), "other": down}
    assert router.running()["one"] and not router.running()["other"]
    with pytest.raises(NotRunning):
        router.retiring()


def test_another_process_restores_what_was_before_by_a_higher_order(place: Place, router: Router) -> None:
    send(router, route())
    saved = router.save(FREE)
    retired = send(router, route(Color.GREEN, 2))
    way_back = WayBack(route(Color.BLUE, 2, epoch=2), saved, retired)
    other = place.router()
    assert other.may_serve_otherwise(way_back, LABELS)

    restore(other, way_back)

    assert observed(other) == everywhere(way_back.route, way_back.route)


def test_what_was_there_before_any_colour_is_restored(place: Place, router: Router) -> None:
    saved = router.save(FREE)
    retired = send(router, route())
    way_back = WayBack(route(None, 1, epoch=2), saved, retired)

    restore(place.router(), way_back)

    assert observed(router) == everywhere(None, way_back.route)


def test_where_what_was_before_is_lost_the_old_colour_is_served_all_the_same(router: Router) -> None:
    send(router, route())
    saved = router.save(FREE)
    retired = send(router, route(Color.GREEN, 2))
    router.forget_saved(FREE)

    restore(router, WayBack(route(Color.BLUE, 2, epoch=2), saved, retired))

    assert observed(router) == everywhere(route(Color.BLUE, 2, epoch=2), route(Color.BLUE, 2, epoch=2))


def test_what_was_no_colour_and_is_lost_is_replaced_by_nothing_else(router: Router) -> None:
    saved = router.save(FREE)
    retired = send(router, route())
    router.forget_saved(FREE)

    way_back = WayBack(route(None, 1, epoch=2), saved, retired)
    for act in (lambda: restore(router, way_back), lambda: router.hold(way_back, LABELS, FREE)):
        with pytest.raises(PhaseFailed, match="had before is lost"):
            act()
    assert observed(router) == everywhere(route(), route())


def test_a_proxy_that_is_held_serves_what_it_did_and_refuses_who_was_fenced_out(router: Router) -> None:
    send(router, route())
    way_back = WayBack(route(Color.BLUE, 2, epoch=2), router.save(FREE), {})

    assert not router.hold(way_back, LABELS, FREE)

    assert observed(router) == everywhere(route(), way_back.route)
    with pytest.raises(ProxyRefused):
        send(router, route(Color.GREEN, 2, epoch=1))


def test_a_change_that_was_prepared_and_not_committed_has_not_been_taken_up(router: Router) -> None:
    send(router, route())
    with router.prepare(route(Color.GREEN, 2), FREE) as change:
        pass

    assert not router.may_serve_otherwise(WayBack(route(Color.BLUE, 2, 2), {}, change.retired), LABELS)
    assert not router.may_serve_otherwise(WayBack(route(Color.BLUE, 2, 2), {}, {}), LABELS)


def test_one_service_after_the_other_has_the_proxies(router: Router) -> None:
    with router.locked(FREE):
        send(router, route())
    with router.locked(FREE):
        send(router, route(Color.GREEN, 2))


CLOSED = Maintenance(since=now(), requested_by="ann", page="closed", secret="abc")


def test_a_route_with_a_maintenance_says_so(router: Router) -> None:
    closed = Route.of(route().marker, CLOSED)
    assert closed.marker.maintenance == CLOSED.digest

    send(router, closed)
    assert observed(router) == everywhere(closed, closed)

    send(router, Route.of(closed.marker, None))
    assert observed(router) == everywhere(route(), route())


def test_what_is_restored_has_the_maintenance_that_is_on_by_now(router: Router) -> None:
    send(router, route())
    saved = router.save(FREE)
    send(router, route(Color.GREEN, 2))
    closed = Route.of(route(generation=2, epoch=2).marker, CLOSED)

    with router.restore(WayBack(closed, saved, {}), router.running(), FREE) as change:
        change.commit()

    assert router.drain(change.retired, 10, FREE) == 0
    assert observed(router) == everywhere(closed, closed)
