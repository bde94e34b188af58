"""One suite runs in memory, on plain processes, and on a real Engine."""

import pytest

from tests.bluegreen.processes.conftest import make_runtime
from tests.compose.conftest import app, engine, images, name
from tests.runtimes.places import Place, PlaceInMemory, PlaceOfCompose, PlaceOfProcesses

__all__ = ["app", "engine", "images", "make_runtime", "name"]

IN_MEMORY = pytest.param("memory", id="in memory", marks=pytest.mark.unit)
PROCESSES = pytest.param("processes", id="processes", marks=pytest.mark.real)
COMPOSE = pytest.param("compose", id="compose", marks=pytest.mark.docker)


@pytest.fixture(params=[IN_MEMORY, PROCESSES, COMPOSE])
def place(request: pytest.FixtureRequest) -> Place:
    return place_of(request)


@pytest.fixture(params=[IN_MEMORY, COMPOSE])
def keeping_place(request: pytest.FixtureRequest) -> Place:
    """One whose releases are more than the files of a commit: images, which are kept and pruned."""
    return place_of(request)


def place_of(request: pytest.FixtureRequest) -> Place:
    if request.param == "memory":
        return PlaceInMemory()
    if request.param == "processes":
        return PlaceOfProcesses(request.getfixturevalue("make_runtime"))
    return PlaceOfCompose(request.getfixturevalue("app"), request.getfixturevalue("engine"))
