"""What waits for Windows' service manager: it answers before it is done, or answers that it will not."""

from collections.abc import Callable, Iterator

import pytest

from bluegreen.deployment.errors import CommandFailed
from bluegreen.deployment.machine import Output
from bluegreen.system import platform
from bluegreen.system.platform import Service
from cli.daemon import windows
from cli.daemon.steps import perform
from cli.daemon.windows import Stop, Unregister

pytestmark = pytest.mark.unit

Play = Callable[..., list[tuple[str, ...]]]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Lets a service be in these states, one look after the other, the last one for ever; records what is run."""

    def begin(*states: str | None, status: int = 0, text: str = "") -> list[tuple[str, ...]]:
        ran: list[tuple[str, ...]] = []
        looks = _for_ever(states)
        monkeypatch.setattr(
            platform, "service", lambda _: (state := next(looks)) and Service(state, "ann", "x.exe")
        )
        monkeypatch.setattr(windows, "run", lambda arguments, **_: ran.append(arguments) or Output(status, text))
        monkeypatch.setattr(windows, "POLL", 0.001)
        return ran

    return begin


def test_a_stop_is_over_when_the_service_has_stopped_and_not_when_it_is_answered(play: Play) -> None:
    ran = play("running", "running", "stop_pending", "stop_pending", "stopped")

    perform([Stop("worker", 10)])

    assert ran == [("net", "stop", "worker")]
    assert platform.service("worker") == Service("stopped", "ann", "x.exe"), "it did not look until the end"


def test_net_gives_up_on_a_service_that_takes_its_time_and_we_do_not(play: Play) -> None:
    play("running", "stop_pending", "stop_pending", "stopped", status=2, text="could not be stopped")

    perform([Stop("worker", 10)])


@pytest.mark.parametrize("state", ["stopped", None])
def test_what_does_not_run_is_not_stopped(play: Play, state: str | None) -> None:
    ran = play(state)

    perform([Stop("worker", 10)])

    assert ran == []


@pytest.mark.parametrize(
    ("states", "status"), [(["running"], 2), (["running", "stop_pending"], 0)], ids=["refused", "too slow"]
)
def test_a_service_that_does_not_stop_is_an_error(play: Play, states: list[str], status: int) -> None:
    play(*states, status=status, text="System error 5: access is denied")

    with pytest.raises(CommandFailed, match=r"(?s)worker does not stop.*access is denied.*administrator"):
        perform([Stop("worker", 0.05 if status == 0 else 3600)])


def test_a_removal_is_over_when_the_service_is_gone(play: Play) -> None:
    ran = play("stopped", "stopped", "stopped", None)

    perform([Unregister("worker", ("nssm", "remove", "worker", "confirm"))])

    assert ran == [("nssm", "remove", "worker", "confirm")]


def test_what_is_not_there_is_not_removed(play: Play) -> None:
    ran = play(None)

    perform([Unregister("worker", ("nssm", "remove", "worker", "confirm"))])

    assert ran == []


@pytest.mark.parametrize("status", [0, 5])
def test_a_service_that_is_still_there_is_an_error(
    play: Play, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(windows, "GONE_WITHIN", 0.05 if status == 0 else 3600)
    play("stopped", status=status, text="access is denied")

    with pytest.raises(CommandFailed, match=r"(?s)worker is still there.*access is denied.*administrator"):
        perform([Unregister("worker", ("nssm", "remove", "worker", "confirm"))])


def _for_ever(states: tuple[str | None, ...]) -> Iterator[str | None]:
    yield from states
    while True:
        yield states[-1]
