"""What a phase's work is given."""

import threading
from types import SimpleNamespace

import pytest

from deployment.errors import Superseded
from tasks.run import Run

pytestmark = pytest.mark.unit


def cut_run(monkeypatch: pytest.MonkeyPatch, check: object) -> Run:
    """One whose heartbeat has found that another worker had the phase."""
    run = Run.__new__(Run)
    run._cut = threading.Event()
    run._cut.set()
    monkeypatch.setattr(Run, "check", check)
    return run


def test_a_pause_ends_with_the_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    def over(_run: Run) -> None:
        raise Superseded("another worker has it")

    with pytest.raises(Superseded):
        cut_run(monkeypatch, over).pause(3600)


def test_a_claim_that_has_come_back_is_not_asked_all_the_while(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = list[float]()
    monkeypatch.setattr("tasks.run.time", SimpleNamespace(sleep=slept.append))

    cut_run(monkeypatch, lambda _run: None).pause(3)

    assert slept == [3]
