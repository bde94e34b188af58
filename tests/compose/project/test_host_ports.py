"""Where a derived colour's port is published, and whether a proxy in a container reaches it there."""

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.settings.service import ProxySettings
from compose.project.host_ports import addresses_of, expect_reached

pytestmark = pytest.mark.unit

DOCKER0, ELSEWHERE = "172.17.0.1", "192.0.2.10"
HERE = {"127.0.0.1", DOCKER0, "fd00::1"}


def edge(address: str | None, name: str = "edge") -> ProxySettings:
    return ProxySettings(container=name, copy_to="/x.inc", upstream_address=address)


@pytest.mark.parametrize(
    ("asked", "is_local", "addresses"),
    [
        ([None], True, ("127.0.0.1",)),
        ([DOCKER0, None], True, ("127.0.0.1", DOCKER0)),
        ([DOCKER0, DOCKER0], True, ("127.0.0.1", DOCKER0)),
        (["fd00::1"], True, ("127.0.0.1", "fd00::1")),
        ([ELSEWHERE], True, ("127.0.0.1",)),
        (["host.docker.internal"], True, ("127.0.0.1",)),
        ([DOCKER0], False, ("",)),
    ],
)
def test_it_is_published_where_proxies_ask_and_nowhere_else(
    asked: list[str | None], is_local: bool, addresses: tuple[str, ...]
) -> None:
    assert addresses_of([edge(each) for each in asked], HERE, is_local) == addresses


@pytest.mark.parametrize("address", [ELSEWHERE, "host.docker.internal", "127.0.0.1"])
def test_a_proxy_that_would_not_reach_it_is_named(address: str) -> None:
    proxies = [edge(None, "inner"), edge(address)]

    with pytest.raises(PhaseFailed, match=f"edge would reach the colour at {address}:8001") as refused:
        expect_reached(proxies, addresses_of(proxies, HERE, is_local=True), 8001)

    assert "172.17.0.1" in refused.value.advice


@pytest.mark.parametrize(("address", "is_local"), [(DOCKER0, True), ("fd00::1", True), (ELSEWHERE, False)])
def test_one_that_does_passes(address: str, is_local: bool) -> None:
    proxies = [edge(None, "inner"), edge(address), ProxySettings(conf="nginx.conf", file="x.inc")]

    expect_reached(proxies, addresses_of(proxies, HERE, is_local), 8001)
