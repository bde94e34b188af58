"""The addresses by which this host is reached."""

from ipaddress import ip_address

import pytest

from bluegreen.system.addresses import own_addresses

pytestmark = pytest.mark.real


def test_they_are_addresses_of_ip_alone() -> None:
    found = own_addresses()

    assert "127.0.0.1" in found and all(map(ip_address, found)), "an interface has one of its hardware, too"
