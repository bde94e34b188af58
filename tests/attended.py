"""A worker's part that takes requests, in the test's own process; what it would launch is listed instead."""

import threading
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bluegreen.deployment.installation import Installation
from bluegreen.settings import config_file
from bluegreen.settings.service import Config
from bluegreen.store import workers
from bluegreen.store.deployments import Store
from tasks.services import Services
from tests.bluegreen.settings.test_config_file import GOOD
from tests.here import HERE
from workflows import acts
from workflows.acts import Acts
from workflows.requests import Requests


def config_of(services: Sequence[str], before: str = "") -> Config:
    """A config with these services."""
    each = (GOOD.replace("services.web", f"services.{name}").replace("upstream", name) for name in services)
    return config_file.parse(tomllib.loads(before + "".join(each)))


def requests_of(
    store: Store, services: Sequence[str] = ("web",), before: str = "", here: Installation = HERE
) -> Requests:
    """Not started: the test looks."""
    config = config_of(services, before)
    return Requests(Acts(store.at(here.id), here, Services(lambda: config)))


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The deployments whose first message was sent."""
    sent: list[str] = []
    monkeypatch.setattr(acts, "launch_or_leave", lambda deployment: sent.append(deployment.id))
    return sent


@contextmanager
def attended(store: Store, services: Sequence[str] = ("web",)) -> Iterator[None]:
    """Within the block, a worker is believed to serve these services, and takes what is asked for."""
    workers.announce(store.redis, "w@host", HERE, services)
    with looking(requests_of(store, services)):
        yield


@contextmanager
def looking(requests: Requests) -> Iterator[None]:
    """Within the block it takes what comes."""
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            requests.look(0.1)

    with ThreadPoolExecutor(1) as pool:
        looks = pool.submit(look)
        try:
            yield
        finally:
            over.set()
    looks.result()
