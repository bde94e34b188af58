"""The last look ends by a deadline, and has an answer whatever happens to it."""

import threading
from collections.abc import Callable, Iterator

import pytest

from bluegreen.deployment.errors import AbortRequested, PhaseFailed
from bluegreen.deployment.last_look import LastLook
from bluegreen.deployment.states import Color, Phase, State
from bluegreen.store.observations import Observation
from cli.output.view import ending
from tasks import last_look
from tests.cancellations import Cut
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit

Noted = Callable[..., LastLook]

GOOD = LastLook(True, "the old version serves (blue v1 answers)")
BAD = LastLook(False, "the old version does not serve (503)")


@pytest.fixture
def noted(host: Host) -> Noted:
    """What the record says after such a look."""

    def noted(look: Callable[[], LastLook], settle: float = 0) -> LastLook:
        context = host.deployment(Phase.REMOVE_NEW_VERSION, to_color=Color.GREEN)
        last_look._note(context, look, settle)
        written = host.store.get(context.deployment.id)
        assert written and written.last_look
        return written.last_look

    return noted


@pytest.fixture
def hanging() -> Iterator[Callable[[], LastLook]]:
    """A look that ends with the test."""
    over = threading.Event()

    def look() -> LastLook:
        over.wait(30)
        return GOOD

    yield look
    over.set()


def test_one_that_hangs_is_not_waited_for(
    noted: Noted, hanging: Callable[[], LastLook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_look, "DEADLINE", 0.05)

    looked = noted(hanging)

    assert looked.serves is None and "it took longer than 0.05 s" in looked.what


@pytest.mark.parametrize("error", [PhaseFailed("the Docker Engine does not answer"), KeyError("x")])
def test_its_trouble_is_an_answer(error: Exception, noted: Noted) -> None:
    def look() -> LastLook:
        raise error

    looked = noted(look)

    assert looked.serves is None
    assert looked.what.startswith("what users get could not be looked at (")


def test_what_comes_right_is_good(noted: Noted) -> None:
    looks = iter([BAD, BAD, GOOD])

    assert noted(lambda: next(looks), settle=30) == GOOD


def test_what_stays_bad_is_bad(noted: Noted) -> None:
    assert noted(lambda: BAD) == BAD


def test_a_worker_that_is_cancelled_looks_no_more(
    host: Host, noted: Noted, hanging: Callable[[], LastLook]
) -> None:
    host.cancellation = Cut(at_once=True)

    with pytest.raises(AbortRequested):
        noted(hanging)


def test_a_new_version_that_has_stopped_answering_is_live_and_that_is_shown(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = Observation(Color.GREEN, "v2", False, "503: away")
    monkeypatch.setattr(last_look, "see", lambda *_: silent)
    context = host.deployment(Phase.CLEANUP_OLD_VERSION, to_color=Color.GREEN)
    host.serve(Color.GREEN, "v2", context.deployment.generation)

    looked = last_look.look_after_cleanup(context, waits=False)

    what = "the new version is live (green v2 is live and does not answer: 503: away)"
    assert (looked.serves, looked.what) == (None, what)
    succeeded = context.deployment.with_(state=State.SUCCEEDED)
    assert what in ending(succeeded)
    assert what not in ending(succeeded.with_(last_look=looked.with_(serves=True)))
