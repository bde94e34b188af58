"""The name in a proxy file, and where it led."""

import pytest

from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from nginx.config.capabilities import Capabilities
from nginx.file.marker import restamp
from nginx.file.render import render
from nginx.file.upstream_names import hosts_in, leading

pytestmark = pytest.mark.unit

PROXY = ProxySettings(container="proxy", file="upstream.inc")
CONTENT = Marker(service="web", color=Color.GREEN, release="v2", generation=7, epoch=3)
ABLE = Capabilities((1, 28, 0), sets_keepalive=False)
HOSTS = ("172.18.0.5", "fd00::5")


def file(address: Address | None) -> str:
    return render(PROXY, CONTENT, address, ABLE)


NAMED = file(Address("web-green", 8000, dynamic=True, hosts=HOSTS))


def test_it_says_where_its_name_led() -> None:
    assert hosts_in(NAMED) == set(HOSTS)
    assert hosts_in(file(Address("web-green", 8000, dynamic=True))) == frozenset()


@pytest.mark.parametrize(
    "text", ["", "upstream app { server a:1; }\n", file(None), file(Address("192.0.2.1", 80))]
)
def test_a_file_without_a_name_says_nothing_and_stays_as_it_is(text: str) -> None:
    assert hosts_in(text) is None
    assert leading(text, False, ()) == text


def test_it_leads_nowhere_and_back_again() -> None:
    nowhere = leading(NAMED, False, ())

    assert "server 127.0.0.1:1 down;" in nowhere and "server web-green" not in nowhere
    assert hosts_in(nowhere) == frozenset()
    assert leading(nowhere, True, reversed(HOSTS)) == NAMED


def test_what_it_says_is_not_changed_with_the_rest() -> None:
    assert hosts_in(leading(NAMED, False, HOSTS)) == set(HOSTS)
    assert hosts_in(restamp(NAMED, CONTENT.with_(epoch=4))) == set(HOSTS)
