"""What bluegreen.deployment.upkeep promises, of nginx and of what unit tests of phases have instead."""

import pytest

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import FilesRefused, NotRunning, PhaseFailed, ProxyRefused, Superseded
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.proxy import Marker, Route, Router
from bluegreen.deployment.record import now
from bluegreen.deployment.states import Color
from bluegreen.deployment.upkeep import Found, Upkeep
from tests.cancellations import Free, Stale
from tests.routers.places import LABELS, Place

FREE = NeverCancelled()
BLUE = Marker(service="web", color=Color.BLUE, release="v1", generation=3, epoch=1)
GREEN = Marker(service="web", color=Color.GREEN, release="v2", generation=4, epoch=1)


def send(router: Router, marker: Marker) -> None:
    """A deployment that has switched to it."""
    with router.prepare(Route(marker), FREE) as change:
        change.commit()
    assert router.drain(change.retired, 10, FREE) == 0
    router.keep_confirmed(marker.generation)


def seen(found: Found) -> tuple[Color | None, str | None, bool, set[str]]:
    return found.color, found.release, found.is_said, set(found.wrong)


def test_before_the_first_deployment_nothing_is_live_and_nothing_is_wrong(upkeep: Upkeep) -> None:
    found = upkeep.find_live(None)

    assert seen(found) == (None, None, False, set()) and found.order == (0, 0)
    assert set(found.observed) == set(LABELS)


def test_what_the_proxies_serve_is_live_and_the_largest_order_is_known(router: Router, upkeep: Upkeep) -> None:
    send(router, BLUE)

    found = upkeep.find_live(None)

    assert seen(found) == (Color.BLUE, "v1", True, set()) and found.order == BLUE.order


def test_a_file_that_somebody_has_replaced_is_wrong_and_repaired_by_a_higher_order(
    place: Place, router: Router, upkeep: Upkeep
) -> None:
    send(router, BLUE)
    place.replace("other")
    found = upkeep.find_live(None)
    assert seen(found) == (Color.BLUE, "v1", True, {"other"})
    cancellation, repaired, before = Free(), BLUE.with_(epoch=2), router.running()

    upkeep.repair(found, Route(repaired), cancellation)

    assert router.drain({"other": before["other"]}, 10, FREE) == 0
    assert seen(upkeep.find_live(None)) == (Color.BLUE, "v1", True, set())
    assert router.observe()["other"].served == repaired and router.observe()["one"].served == BLUE
    assert len(cancellation.told) == 1 and cancellation.told[0].startswith("other: ")
    assert "leads to blue" in cancellation.told[0]


def test_a_proxy_that_is_down_has_what_was_repaired_for_its_next_start(
    place: Place, router: Router, upkeep: Upkeep
) -> None:
    send(router, BLUE)
    place.replace("other")
    place.end("other")

    upkeep.repair(upkeep.find_live(None), Route(BLUE.with_(epoch=2)), FREE)

    assert router.observe()["other"].served is None
    assert router.observe()["other"].said == BLUE.with_(epoch=2)


def test_who_was_taken_over_from_repairs_nothing(place: Place, router: Router, upkeep: Upkeep) -> None:
    send(router, BLUE)
    place.replace("other")
    found = upkeep.find_live(None)

    with pytest.raises(Superseded):
        upkeep.repair(found, Route(BLUE.with_(epoch=2)), Stale())

    assert set(upkeep.find_live(None).wrong) == {"other"}


def test_a_route_that_was_given_and_is_not_in_force_is_wrong_and_not_live(router: Router, upkeep: Upkeep) -> None:
    send(router, BLUE)
    with pytest.raises(Superseded), router.prepare(Route(GREEN), FREE):
        raise Superseded("as by a kill: nothing is reverted")

    found = upkeep.find_live(None)

    assert seen(found) == (Color.BLUE, "v1", True, set(LABELS)) and found.order == GREEN.order


def test_where_proxies_do_not_agree_nothing_is_live(place: Place, router: Router, upkeep: Upkeep) -> None:
    send(router, BLUE)
    place.serve("other", GREEN)

    with pytest.raises(PhaseFailed, match="the proxies do not agree on the live colour"):
        upkeep.find_live(None)


def test_proxies_that_are_well_pass_and_speak_http(router: Router, upkeep: Upkeep) -> None:
    send(router, BLUE)

    fits = upkeep.preflight(upkeep.find_live(None), FREE)

    assert set(fits) == set(LABELS) and not any(fit.misfits for fit in fits.values())
    assert set(upkeep.protocols()) == {"http"} == {each for fit in fits.values() for each in fit.protocols}


def test_a_proxy_that_is_down_does_not_pass(place: Place, router: Router, upkeep: Upkeep) -> None:
    send(router, BLUE)
    place.end("other")

    with pytest.raises(NotRunning):
        upkeep.preflight(upkeep.find_live(None), FREE)


def test_files_that_are_refused_do_not_pass(place: Place, router: Router, upkeep: Upkeep) -> None:
    send(router, BLUE)
    place.refuse()

    with pytest.raises(FilesRefused):
        upkeep.preflight(upkeep.find_live(None), FREE)


def test_a_proxy_without_the_maintenance_that_is_on_is_wrong_and_gets_it(router: Router, upkeep: Upkeep) -> None:
    closed = Maintenance(since=now(), requested_by="ann", page="closed", secret="abc")
    send(router, BLUE)
    before = router.running()

    found = upkeep.find_live(None, maintenance=closed)
    assert seen(found) == (Color.BLUE, "v1", True, set(LABELS))
    upkeep.repair(found, Route.of(BLUE, closed), FREE)

    assert router.drain(before, 10, FREE) == 0
    assert seen(upkeep.find_live(None, maintenance=closed)) == (Color.BLUE, "v1", True, set())
    assert seen(upkeep.find_live(None)) == (Color.BLUE, "v1", True, set(LABELS))


def test_another_maintenance_leaves_whom_a_proxy_serves_and_by_whose_word(router: Router, upkeep: Upkeep) -> None:
    closed = Maintenance(since=now(), requested_by="ann", page="closed", secret="abc")
    send(router, BLUE)
    before = router.running()

    assert upkeep.restate(closed, FREE, lambda: False)

    assert router.drain(before, 10, FREE) == 0
    wanted = Route.of(BLUE, closed).marker
    assert {(each.served, each.said) for each in router.observe().values()} == {(wanted, wanted)}
    assert seen(upkeep.find_live(None, maintenance=closed)) == (Color.BLUE, "v1", True, set())


def test_it_waits_for_a_route_that_is_given_and_not_in_force(router: Router, upkeep: Upkeep) -> None:
    closed = Maintenance(since=now(), requested_by="ann", page="closed", secret="abc")
    send(router, BLUE)
    with pytest.raises(Superseded), router.prepare(Route(GREEN), FREE):
        raise Superseded("its worker was killed")

    assert not upkeep.restate(closed, FREE, lambda: False)
    assert {each.served for each in router.observe().values()} == {BLUE}


def test_a_proxy_that_leads_to_no_colour_gets_no_maintenance(upkeep: Upkeep) -> None:
    closed = Maintenance(since=now(), requested_by="ann", page="closed", secret="abc")

    with pytest.raises(ProxyRefused):
        upkeep.restate(closed, FREE, lambda: True)
    assert upkeep.restate(None, FREE, lambda: True)


def test_a_maintenance_that_was_written_and_not_taken_up_is_taken_up(router: Router, upkeep: Upkeep) -> None:
    closed = Maintenance(since=now(), requested_by="ann", page="closed", secret="abc")
    send(router, BLUE)
    wanted = Route.of(BLUE, closed)
    with pytest.raises(Superseded), router.prepare(wanted, FREE):
        raise Superseded("its worker was killed")
    before = router.running()

    assert upkeep.restate(closed, FREE, lambda: False)

    assert router.drain(before, 10, FREE) == 0
    assert {(each.served, each.said) for each in router.observe().values()} == {(wanted.marker, wanted.marker)}
