"""The last look ends by a deadline, and has an answer whatever happens to it."""

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.deployment.errors import PhaseFailed, Superseded
from bluegreen.deployment.last_look import LastLook
from tasks import last_look
from tasks.context import PhaseContext

pytestmark = pytest.mark.unit

GOOD = LastLook(True, "the old version serves (blue v1 answers)")
BAD = LastLook(False, "the old version does not serve (503)")


def noted(look: Any, settle: float = 0, **context: Any) -> LastLook:
    notes: dict[str, LastLook] = {}
    given = {"is_cancelled": lambda: False, "note": lambda **changes: notes.update(changes), **context}
    last_look._note(cast(PhaseContext, SimpleNamespace(**given)), look, settle)
    return notes["last_look"]


def test_one_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_look, "DEADLINE", 0.05)
    over = threading.Event()

    looked = noted(lambda: over.wait(30) and GOOD)

    over.set()
    assert looked.serves is None and "it took longer than 0.05 s" in looked.what


@pytest.mark.parametrize("error", [PhaseFailed("the Docker Engine does not answer"), KeyError("x")])
def test_its_trouble_is_an_answer(error: Exception) -> None:
    def look() -> LastLook:
        raise error

    looked = noted(look)

    assert looked.serves is None
    assert looked.what.startswith("what users get could not be looked at (")


def test_what_comes_right_is_good() -> None:
    looks = iter([BAD, BAD, GOOD])

    assert noted(lambda: next(looks), settle=30) == GOOD


def test_what_stays_bad_is_bad() -> None:
    assert noted(lambda: BAD) == BAD


def test_a_worker_that_was_fenced_out_looks_no_more() -> None:
    def check() -> None:
        raise Superseded("another worker has it")

    with pytest.raises(Superseded):
        noted(lambda: threading.Event().wait(30) and GOOD, is_cancelled=lambda: True, check=check)
