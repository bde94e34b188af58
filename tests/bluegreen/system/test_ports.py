"""Which addresses of a port two programs cannot both have."""

import os
import socket

import pytest

from bluegreen.system import platform, ports
from bluegreen.system.ports import Binding


@pytest.mark.unit
@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "10.0.0.1", False),
        ("0.0.0.0", "10.0.0.1", True),
        ("", "10.0.0.1", True),
        ("", "::1", True),
        ("", "", True),
        ("::", "fe80::1", True),
        ("::1", "0:0:0:0:0:0:0:1", True),
        ("::1", "::2", False),
        ("::", "10.0.0.1", False),
        ("0.0.0.0", "::", False),
    ],
)
def test_two_addresses_of_a_port_overlap_where_one_stands_for_the_other(
    one: str, other: str, overlap: bool
) -> None:
    assert Binding(one, 80).overlaps(Binding(other, 80)) is overlap
    assert Binding(other, 80).overlaps(Binding(one, 80)) is overlap
    assert not Binding(one, 80).overlaps(Binding(other, 81))


@pytest.mark.unit
def test_a_binding_is_written_as_compose_has_it() -> None:
    assert list(map(str, (Binding("", 80), Binding("10.0.0.1", 80), Binding("::1", 80)))) == [
        "80",
        "10.0.0.1:80",
        "[::1]:80",
    ]


@pytest.mark.real
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_port_is_taken_at_the_address_where_somebody_listens(address: str) -> None:
    other = "127.0.0.2" if address == "127.0.0.1" else "127.0.0.1"
    with socket.create_server(
        (address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET
    ) as server:
        port = server.getsockname()[1]

        assert not platform.can_listen(port, address)
        assert platform.can_listen(port, other)
        found = ports.holder(Binding(address, port))
        if platform.is_windows() and found is None:
            pytest.skip("the system names no holder")
        assert found is not None and found.pid == os.getpid()
        assert ports.holder(Binding(other, port)) is None


@pytest.mark.real
def test_an_address_of_another_host_is_known() -> None:
    assert platform.has_address("127.0.0.1") and platform.has_address("::")
    assert not platform.has_address("192.0.2.1")
