"""Docker Desktop's way in, on Windows: its named pipe, of which Wine has none."""

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system import platform
from compose.engine import client

pytestmark = [pytest.mark.unit, pytest.mark.skipif(not platform.is_windows(), reason="Windows")]


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch, tmp_path):
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


def test_the_engine_is_behind_its_named_pipe_and_on_this_host():
    assert client._endpoint()["base_url"] == "npipe:////./pipe/docker_engine"
    assert client.is_local()
    assert client.engine_host() == "127.0.0.1"


def test_a_pipe_that_is_not_there_is_a_clear_error():
    with (
        pytest.raises(PhaseFailed, match="(?s)the Docker Engine does not answer.*Docker Desktop"),
        client.engine(),
    ):
        pass
