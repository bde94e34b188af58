"""A colour's log and a command in its container, on a real Engine."""

import threading

import pytest

from bluegreen.deployment.errors import NotRunning
from bluegreen.deployment.states import Color
from bluegreen.system import foreground
from tests.cancellations import Free
from tests.compose.app import App

pytestmark = pytest.mark.docker

BLUE = Color.BLUE


def test_the_log_is_that_of_the_colour_s_own_container(app: App) -> None:
    app.deploy(BLUE, "one")
    app.answer(BLUE)

    assert sorted(app.runtime.log_lines(BLUE, 10, follow=False)) == [
        "to standard error: one",
        "to standard output: one",
    ]
    assert len(list(app.runtime.log_lines(BLUE, 1, follow=False))) == 1


def test_following_ends_with_the_container(app: App) -> None:
    app.deploy(BLUE, "one")
    app.answer(BLUE)
    lines = app.runtime.log_lines(BLUE, 10, follow=True)
    assert {next(lines), next(lines)} == {"to standard error: one", "to standard output: one"}
    assert next(lines) is None  # nothing new, and it is not over

    stop = threading.Thread(target=app.runtime.stop, args=(BLUE, Free()))
    stop.start()
    assert set(lines) <= {None}
    stop.join()


def test_a_command_runs_in_the_container_and_its_status_comes_back(
    app: App, capfd: pytest.CaptureFixture[str]
) -> None:
    app.deploy(BLUE, "one")
    app.answer(BLUE)

    status = foreground.run(app.runtime.command_in(BLUE, ["sh", "-c", "cat /version; exit 7"], has_terminal=False))

    assert (status, capfd.readouterr().out) == (7, "one")


def test_an_image_is_named_by_what_the_container_was_made_of(app: App) -> None:
    release = app.deploy(BLUE, "one")

    found = app.runtime.look(BLUE)
    assert found.image_id == release.image_id and found.image


def test_what_does_not_run_is_named(app: App) -> None:
    with pytest.raises(NotRunning, match="has no container of app-blue"):
        list(app.runtime.log_lines(BLUE, 10, follow=False))
    app.deploy(BLUE, "one")
    app.runtime.stop(BLUE, Free())

    with pytest.raises(NotRunning, match="exited, code .* is not running"):
        app.runtime.command_in(BLUE, ["true"], has_terminal=False)
    assert "to standard output: one" in list(app.runtime.log_lines(BLUE, 10, follow=False))
