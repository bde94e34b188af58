"""By which names a proxy's logs call the service."""

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deployment.errors import PhaseFailed
from deployment.receipt import AccessLog, LogCount, ProxyReceipt
from deployment.runtime import Address
from deployment.settings import Proxy as Settings
from deployment.states import Color
from nginx.proxy import Proxy
from tasks.logcount import begun
from tasks.run import Run

pytestmark = pytest.mark.unit

ON_HOST = {"conf": "nginx.conf", "file": "app.inc"}


def receipt_of(
    settings: Settings, host: str = "127.0.0.1", format: str = "$status $upstream_addr"
) -> ProxyReceipt:
    """Of a count that has begun; colours are at that host's ports, and only blue is in a network."""
    ports = {Color.BLUE: 8000, Color.GREEN: 8001}

    def in_network(color: Color) -> Collection[str]:
        if host == "nowhere":
            raise PhaseFailed("the Engine does not answer")
        return {"172.18.0.5"} if color is Color.BLUE else ()

    run = SimpleNamespace(
        upstream=lambda proxy, color: Address(proxy.settings.host or host, ports[color]),
        runtime=SimpleNamespace(hosts_in_network=in_network),
    )
    machine = SimpleNamespace(log_end=lambda path: "0 0")
    proxy = Proxy(settings, "web", cast(Any, machine), cast(Any, SimpleNamespace(name="app.inc")))
    before = ProxyReceipt(logs=(LogCount(log=AccessLog(path="/x", format=format)),))
    return begun(cast(Run, run), proxy, before)


@pytest.mark.parametrize(
    ("host", "blue"), [("127.0.0.1", "127.0.0.1:8000"), ("[::1]", "[::1]:8000"), ("deploy.example", ":8000")]
)
def test_a_proxy_on_this_host_names_address_and_port_and_of_a_host_name_the_port_alone(
    host: str, blue: str
) -> None:
    addresses = receipt_of(Settings(**ON_HOST), host).addresses

    assert addresses[blue] == "blue" and len(addresses) == 3


def test_a_container_with_a_way_to_the_host_names_that() -> None:
    addresses = receipt_of(Settings(container="edge", copy_to="/x.inc", template="variable", host="192.0.2.10"))

    assert addresses.addresses == {"192.0.2.10:8000": "blue", "192.0.2.10:8001": "green"}


def test_a_container_beside_the_colours_names_their_own_addresses() -> None:
    addresses = receipt_of(Settings(container="proxy", file="app.inc", name="site")).addresses

    assert addresses == {"172.18.0.5": "blue", "site": "unknown"}


def test_addresses_that_are_not_known_are_told() -> None:
    receipt = receipt_of(Settings(container="proxy", file="app.inc"), "nowhere")

    assert receipt.notes == ("the Engine does not answer",) and receipt.addresses["app"] == "unknown"
    assert receipt.logs[0].mark == "0 0"


def test_a_log_that_names_nobody_needs_none() -> None:
    receipt = receipt_of(Settings(container="proxy", file="app.inc"), "nowhere", format="$status")

    assert (receipt.addresses, receipt.notes) == ({}, ())
