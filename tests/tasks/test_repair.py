"""Proxy files that are put right outside of a deployment."""

import pytest

from bluegreen.deployment.errors import Busy, UsageError
from bluegreen.deployment.states import Color
from tasks.repair import Idle, repair
from tests.routers.in_memory import Text
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit


def damaged(host: Host) -> None:
    """v1 is live on blue, and somebody has written over its file."""
    host.live()
    for proxy in host.proxies.proxies.values():
        proxy.given = Text()


def idle(host: Host) -> Idle:
    return Idle(host.store, "web")


def test_a_damaged_file_leads_to_the_live_colour_again(host: Host) -> None:
    damaged(host)
    cancellation = idle(host)

    found = repair(host.site, cancellation)

    (proxy,) = host.proxies.proxies.values()
    assert found.color is Color.BLUE and set(found.wrong) == {"nginx.conf"}
    assert proxy.given == proxy.taken and proxy.given.says and proxy.given.says.order == (1, 2)
    assert (proxy.given.says.color, proxy.given.says.release) == (Color.BLUE, "v1")
    assert cancellation.messages == ["nginx.conf: is not ours any more: it is put right, and leads to blue"]


def test_what_is_right_is_left(host: Host) -> None:
    host.live()
    (proxy,) = host.proxies.proxies.values()
    before = proxy.given

    assert not repair(host.site, idle(host)).wrong
    assert proxy.given == before


def test_before_any_deployment_there_is_nothing_to_put_right(host: Host) -> None:
    assert repair(host.site, idle(host)).color is None


def test_while_a_deployment_is_in_hand_nothing_is_written(host: Host) -> None:
    damaged(host)
    cancellation = idle(host)
    assert not cancellation.is_cancelled()
    host.store.create("web", "ann")

    with pytest.raises(Busy, match="a deployment is under way"):
        repair(host.site, cancellation)

    assert cancellation.is_cancelled() and host.proxies.proxies["nginx.conf"].given == Text()


def test_nor_once_one_has_been_in_the_meantime(host: Host) -> None:
    damaged(host)
    cancellation = idle(host)
    host.store.unlock(host.store.create("web", "ann").id, "ann")

    with pytest.raises(Busy):
        repair(host.site, cancellation)
    assert not cancellation.is_cancelled(), "no lock is held"


@pytest.mark.parametrize(
    ("chosen", "said"), [(Color.GREEN, "blue serves"), (Color.BLUE, "blue does not run")], ids=["other", "ended"]
)
def test_a_choice_that_contradicts_what_is_there_is_refused(host: Host, chosen: Color, said: str) -> None:
    host.live()
    host.runtime.die(Color.BLUE, 1)

    with pytest.raises(UsageError, match=said):
        repair(host.site, idle(host), chosen)


def test_the_chosen_colour_is_served_where_it_was_not_clear(host: Host) -> None:
    host.run(Color.GREEN, host.live())
    (proxy,) = host.proxies.proxies.values()
    proxy.given, proxy.taken = Text(), Text()

    assert repair(host.site, idle(host), Color.GREEN).color is Color.GREEN
    assert host.served() == {(Color.GREEN, None)}
