"""Under which address containers reach this host."""

from typing import Any

import pytest

from compose.survey import _gateway

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("configs", "address"),
    [
        ([{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}], "172.17.0.1"),
        # As Engine 20.10 answers until it is started again.
        ([{"Subnet": "10.9.0.0/24"}], "10.9.0.1"),
        ([], None),
        (None, None),
    ],
)
def test_the_gateway_of_dockers_bridge_is_named_or_the_first_address(configs: Any, address: str | None) -> None:
    assert _gateway({"IPAM": {"Config": configs}}) == address
