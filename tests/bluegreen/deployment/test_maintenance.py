"""Who may be allowed in a maintenance, and what it says of itself."""

import pytest

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.maintenance import MOST_ALLOWED, Maintenance, checked_allowed
from bluegreen.deployment.proxy import Marker, Route
from bluegreen.deployment.record import now
from bluegreen.deployment.states import Color

pytestmark = pytest.mark.unit

ON = Maintenance(since=now(), requested_by="ann", message="soon", page="<p>", secret="abc")
BLUE = Marker(service="web", color=Color.BLUE, release="v1", generation=3, epoch=1)


def test_addresses_and_networks_are_allowed_each_once() -> None:
    given = ("203.0.113.7", "203.0.113.7/32", "198.51.100.0/24", "2001:DB8::0007", "2001:db8::/32")

    assert checked_allowed(given) == ("203.0.113.7", "198.51.100.0/24", "2001:db8::7", "2001:db8::/32")


@pytest.mark.parametrize(
    "wrong", ["", "office", "203.0.113.7; }", "203.0.113.7/24", "0.0.0.0/0", "::/0", "1" * 500]
)
def test_what_is_neither_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError):
        checked_allowed((wrong,))


def test_so_are_too_many() -> None:
    with pytest.raises(UsageError, match="at most, not 101"):
        checked_allowed(tuple(f"192.0.2.{each}" for each in range(MOST_ALLOWED + 1)))


def test_what_everybody_may_read_has_neither_page_nor_secret() -> None:
    assert (ON.announced.page, ON.announced.secret, ON.announced.message) == ("", "", "soon")


def test_any_change_of_it_is_another_one() -> None:
    others = [ON.with_(page="<b>"), ON.with_(allow=("192.0.2.1",)), ON.with_(secret="d"), ON.with_(retry_after=1)]
    assert len({each.digest for each in (ON, *others)}) == 5


def test_a_marker_without_a_maintenance_is_written_as_ever() -> None:
    """Files of a service without one stay byte for byte as they were."""
    assert BLUE.as_json() == '{"service":"web","color":"blue","release":"v1","generation":3,"epoch":1}'
    assert Route.of(BLUE, None) == Route(BLUE)
    assert Marker.from_json(Route.of(BLUE, ON).marker.as_json()).maintenance == ON.digest
