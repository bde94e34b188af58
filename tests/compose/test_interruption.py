"""A build, or a start, that is told to end."""

import threading
import time

import psutil
import pytest

from bluegreen.deployment.errors import AbortRequested, BlueGreenError, CommandFailed
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from tests.cancellations import Cut, Free
from tests.compose.app import App, eventually

pytestmark = pytest.mark.docker


def docker_processes(app: App) -> list[psutil.Process]:
    """The docker commands that this test has running."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if any(f"{app.name}-blue" in word for word in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_build_ends_within_a_second_of_the_cut_and_leaves_no_process(app: App) -> None:
    app.dockerfile(f"RUN sleep 60 # {app.name}: no other build's cache")
    cut, raised = Cut(), []

    def build() -> None:
        try:
            app.runtime.build(Color.BLUE, Release(name="one"), "d1", cut)
        except BlueGreenError as error:
            raised.append(error)

    builder = threading.Thread(target=build)
    builder.start()
    eventually(lambda: [each for each in docker_processes(app) if "build" in each.cmdline()])
    running = docker_processes(app)
    started = time.monotonic()
    cut.event.set()
    builder.join(10)

    assert time.monotonic() - started < 1
    assert isinstance(raised[0], AbortRequested)
    assert not [each for each in running if each.is_running()]


def test_a_build_that_takes_too_long_is_ended(app: App) -> None:
    app.dockerfile(f"RUN sleep 60 # {app.name}: no other build's cache")

    with pytest.raises(CommandFailed, match="did not end within 1 s"):
        app.runtime_with(build_timeout=1).build(Color.BLUE, Release(name="one"), "d1", Free())

    assert not docker_processes(app)
