"""By which names a proxy's logs call the service."""

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.machine import LogChunk
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.receipt import PAGE, AccessLog, LogCount, ProxyReceipt
from bluegreen.deployment.runtime import Address, Runtime
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from nginx.config.capabilities import Capabilities
from nginx.file.closing import page_address
from nginx.logs.receipt import read_on, start_count
from nginx.proxy import Proxy

pytestmark = pytest.mark.unit

ON_HOST = {"conf": "nginx.conf", "file": "app.inc"}


def receipt_of(
    settings: ProxySettings, host: str = "127.0.0.1", format: str = "$status $upstream_addr"
) -> ProxyReceipt:
    """Of a count that has begun; colours are at that host's ports, and only blue is in a network."""
    ports = {Color.BLUE: 8000, Color.GREEN: 8001}

    def in_network(color: Color) -> Collection[str]:
        if host == "nowhere":
            raise PhaseFailed("the Engine does not answer")
        return {"172.18.0.5"} if color is Color.BLUE else ()

    runtime = SimpleNamespace(
        address_on_host=lambda color: Address(host, ports[color]),
        hosts_in_network=in_network,
    )
    before = ProxyReceipt(logs=(LogCount(log=AccessLog(path="/x", format=format)),))
    return start_count(cast(Runtime, runtime), proxy_with(settings, AccessLog(path="/x", format=format)), before)


def proxy_with(settings: ProxySettings, *logs: AccessLog, text: str | None = None) -> Proxy:
    """Of an nginx that names these logs, on a machine with files that have one line each."""

    def since(path: str, mark: str) -> LogChunk:
        return LogChunk([(None, "200 -")], "0 6")

    machine = SimpleNamespace(log_end=lambda path: "0 0", log_since=since)
    proxy = Proxy(
        settings, "web", cast(Any, machine), cast(Any, SimpleNamespace(name="app.inc", read=lambda: text))
    )
    proxy._capabilities = Capabilities((1, 27, 4), False, access_logs=logs)
    return proxy


def test_of_a_log_that_nginx_does_not_name_not_a_byte_is_read() -> None:
    log = AccessLog(path="/x", format="$status $upstream_addr")
    proxy = proxy_with(ProxySettings(**ON_HOST), log, AccessLog(path="/y", problem="it is no plain file"))
    forged = [LogCount(log=AccessLog(path=path, format="$status"), mark="0 0") for path in ("/etc/shadow", "/y")]

    read = read_on(proxy, ProxyReceipt(logs=(*forged, LogCount(log=log, mark="0 0"))))

    assert [each.tally.total for each in read.logs] == [0, 0, 1]
    assert read.notes[0] == "/etc/shadow was not counted: nginx names no such log of this service"
    assert [each.mark for each in read.logs] == ["0 0", "0 0", "0 6"]


def test_a_log_is_read_in_the_format_that_nginx_has_for_it() -> None:
    """By a format of his own, who forges a record could have a line's words told to him as statuses."""
    proxy = proxy_with(ProxySettings(**ON_HOST), AccessLog(path="/x", format="$upstream_addr $status"))
    forged = LogCount(log=AccessLog(path="/x", format="$status $upstream_addr"), mark="0 0")

    assert read_on(proxy, ProxyReceipt(logs=(forged,))).logs[0].tally.total == 0


@pytest.mark.parametrize(
    ("host", "blue"), [("127.0.0.1", "127.0.0.1:8000"), ("[::1]", "[::1]:8000"), ("deploy.example", ":8000")]
)
def test_a_proxy_on_this_host_names_address_and_port_and_of_a_host_name_the_port_alone(
    host: str, blue: str
) -> None:
    addresses = receipt_of(ProxySettings(**ON_HOST), host).addresses

    assert addresses[blue] == "blue" and len(addresses) == 4


def test_a_container_with_a_way_to_the_host_names_that() -> None:
    edge = ProxySettings(container="edge", copy_to="/x.inc", template="variable", upstream_address="192.0.2.10")

    page = page_address(edge, "web")
    assert receipt_of(edge).addresses == {page: PAGE, "192.0.2.10:8000": "blue", "192.0.2.10:8001": "green"}


def test_a_container_beside_the_colours_names_their_own_addresses() -> None:
    proxy = ProxySettings(container="proxy", file="app.inc", name="site")

    known = {page_address(proxy, "web"): PAGE, "172.18.0.5": "blue", "site": "unknown"}
    assert receipt_of(proxy).addresses == known


def test_addresses_that_are_not_known_are_told() -> None:
    receipt = receipt_of(ProxySettings(container="proxy", file="app.inc"), "nowhere")

    assert receipt.notes == ("the Engine does not answer",) and receipt.addresses["app"] == "unknown"
    assert receipt.logs[0].mark == "0 0"


def test_a_log_that_names_nobody_needs_none() -> None:
    receipt = receipt_of(ProxySettings(container="proxy", file="app.inc"), "nowhere", format="$status")

    assert (receipt.addresses, receipt.notes) == ({}, ())


def test_pages_of_a_maintenance_that_no_log_parts_from_answers_are_told() -> None:
    closed = Marker("web", Color.BLUE, "v1", 3, 1, "0123456789ab")
    log = AccessLog(path="/x", format="$status")
    proxy = proxy_with(ProxySettings(**ON_HOST), log, text=f"# bluegreen: {closed.as_json()}\n")

    receipt = start_count(cast(Runtime, None), proxy, ProxyReceipt(logs=(LogCount(log=log),)))

    assert "a maintenance is on: its pages count as failed, for want of $upstream_addr" in receipt.notes
