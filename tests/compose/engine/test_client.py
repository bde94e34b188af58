"""The client of an Engine."""

from math import inf

import pytest

from compose.engine import client
from compose.engine.client import engine

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("url", "count"), [("unix:///nowhere.sock", False), ("tcp://10.0.0.9:2375", True)])
def test_the_proxies_of_the_environment_count_for_an_engine_elsewhere_alone(
    url: str, count: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", url)
    monkeypatch.setattr(client, "_versions", {url: ("1.41", inf)})

    with engine() as asked:
        assert asked.api.trust_env is count
