"""When the worker has an nginx follow its live colour."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.deployment.errors import Superseded
from bluegreen.deployment.states import Color
from bluegreen.store.deployments import Store
from tasks.services import Services
from workflows.following import GONE_LOOKS, Follower

pytestmark = pytest.mark.unit


class Site:
    """A service whose colours are where the test says."""

    def __init__(self) -> None:
        self.locations = {Color.BLUE: {"172.18.0.5"}, Color.GREEN: set[str]()}
        self.followed: list[set[str]] = []
        self.is_in_hand = False
        runtime = SimpleNamespace(hosts_in_network=lambda color: self.locations[color])
        upkeep = SimpleNamespace(has_names=lambda: True, named_colors=lambda: {Color.BLUE}, follow=self.follow)
        site = SimpleNamespace(name="web", runtime=runtime, upkeep=upkeep)
        services = SimpleNamespace(site=lambda name, opener: site)
        self.follower = Follower(cast(Store, None), cast(Services, services), ["web"])

    def follow(self, *_: Any) -> bool:
        self.followed.append(self.locations[Color.BLUE])
        return not self.is_in_hand

    def look(self, times: int = 1) -> int:
        """How often an nginx was looked at."""
        before = len(self.followed)
        for _ in range(times):
            self.follower.look("web")
        return len(self.followed) - before


@pytest.fixture
def site() -> Site:
    return Site()


def test_an_nginx_is_looked_at_when_a_colour_has_moved(site: Site) -> None:
    assert site.look(3) == 1
    site.locations[Color.BLUE] = {"172.18.0.6"}
    assert site.look(3) == 1


def test_a_colour_that_comes_back_at_once_was_not_gone(site: Site) -> None:
    assert site.look() == 1
    was, site.locations[Color.BLUE] = site.locations[Color.BLUE], set()
    assert site.look(GONE_LOOKS - 1) == 0
    site.locations[Color.BLUE] = was
    assert site.look() == 0
    site.locations[Color.BLUE] = set()
    assert site.look(GONE_LOOKS + 1) == 1


def test_what_a_deployment_has_in_hand_is_looked_at_again(site: Site) -> None:
    site.is_in_hand = True
    assert site.look(2) == 2
    site.is_in_hand = False
    assert site.look(2) == 1


def test_a_worker_that_stops_begins_nothing_any_more(site: Site) -> None:
    site.follower.check()
    site.follower.stop()

    with pytest.raises(Superseded):
        site.follower.check()
