"""One suite for every proxy: a real nginx and the small one in memory, so that the small one cannot lie."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.deployment.proxy import Router
from bluegreen.deployment.upkeep import Upkeep
from tests.routers.places import Place, in_memory, of_nginx


@pytest.fixture(
    params=[
        pytest.param(in_memory, id="in memory", marks=pytest.mark.unit),
        pytest.param(of_nginx, id="nginx", marks=pytest.mark.real),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with request.param(tmp_path) as place:
        yield place


@pytest.fixture
def router(place: Place) -> Router:
    return place.router()


@pytest.fixture
def upkeep(place: Place) -> Upkeep:
    return place.upkeep()
