"""Where an nginx reaches a colour."""

import psutil
import pytest

from bluegreen.system.addresses import names_of_host

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("error", [OSError("no"), RuntimeError("GetAdaptersAddresses() syscall failed.")])
def test_a_system_that_does_not_list_its_interfaces_is_reached_by_loopback(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse() -> None:
        raise error

    monkeypatch.setattr(psutil, "net_if_addrs", refuse)

    assert {"localhost", "127.0.0.1", "[::1]"} <= names_of_host()
