"""The whole thread: a client, Redis, a worker, nginx, and an application in two versions."""

import pytest

from deployment.states import Color, State
from tests.e2e.host import Host

pytestmark = pytest.mark.real


def test_the_first_deployment_goes_live_on_an_empty_host(host: Host) -> None:
    status, record = host.deploy("v1")

    assert (status, record.state) == (0, State.SUCCEEDED), record
    assert (record.from_color, record.to_color) == (None, Color.BLUE)
    assert host.answer() == {"color": "blue", "version": "v1"}
