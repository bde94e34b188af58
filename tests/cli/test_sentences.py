"""Events as sentences: each kind has one, and what another version has written is shown, too."""

from datetime import UTC, datetime

import pytest

from bluegreen.deployment.event import Event, EventKind
from bluegreen.deployment.states import Phase, State
from bluegreen.store.events import StoredEvent
from cli.output.sentences import sentence


@pytest.mark.unit
@pytest.mark.parametrize("kind", list(EventKind))
def test_each_kind_has_a_sentence_even_without_its_data(kind: EventKind) -> None:
    assert sentence(Event(kind, Phase.CHECKOUT))


@pytest.mark.unit
@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Event(EventKind.PHASE_CONTINUED, data={"attempt": 2}), "goes on (attempt 2)"),
        (
            Event(EventKind.ATTEMPT_FAILED, data={"error": "503", "attempt": 1, "attempts": 3}),
            "attempt 1 of 3: 503",
        ),
        (Event(EventKind.PHASE_DONE, Phase.CHECKOUT, {"result": "", "seconds": 0.1}), "checkout done"),
        (Event(EventKind.NOTE, data={"text": "a {brace} stays"}), "a {brace} stays"),
        (
            Event(EventKind.ENDED, data={"state": State.ABORTED.value, "aborted_by": "ann"}),
            "aborted by ann before it began",
        ),
    ],
)
def test_the_data_stand_in_the_sentence(event: Event, text: str) -> None:
    assert sentence(event) == text


@pytest.mark.unit
def test_json_shows_an_event_by_its_kind_and_data() -> None:
    noon = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
    event = StoredEvent(EventKind.PHASE_CONTINUED, Phase.CHECKOUT, {"attempt": 2}, id="1-0", time=noon)

    assert event.shown() == {
        "time": "2026-01-02T12:00:00+00:00",
        "kind": "phase_continued",
        "phase": "checkout",
        "data": {"attempt": 2},
    }
