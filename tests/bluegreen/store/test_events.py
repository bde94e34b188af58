"""Events in Redis, as they are written and as other versions have written them."""

import pytest

from bluegreen.deployment.event import Event, EventKind
from bluegreen.deployment.states import Phase
from bluegreen.store import events, keys
from bluegreen.store.deployments import Store
from cli.output.sentences import sentence


def test_an_event_is_read_with_its_kind_phase_and_data(store: Store) -> None:
    deployment = store.create("web", "me")
    written = Event(EventKind.ATTEMPT_FAILED, Phase.CHECKOUT, {"error": "503\n", "attempt": 1, "attempts": 3})
    events.add_late(store.redis, deployment.id, written)

    queued, stored = events.read(store.redis, deployment.id)

    assert queued.kind is EventKind.QUEUED and queued.data["service"] == "web"
    assert (stored.kind, stored.phase, stored.data) == (written.kind, written.phase, written.data)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"kind": "again", "phase": "checkout", "message": "goes on (attempt 2)"}, "goes on (attempt 2)"),
        ({"kind": "told", "phase": "", "message": "a\x1b[2J line"}, "a line"),
        ({"kind": "thrown", "phase": "", "data": '{"far": 3}'}, 'thrown  {"far": 3}'),
        ({"kind": "note", "phase": "", "data": "[1]"}, "note  [1]"),
    ],
)
def test_an_event_of_another_version_is_shown_by_its_text(store: Store, fields: dict[str, str], text: str) -> None:
    deployment = store.create("web", "me")
    store.redis.xadd(keys.events(deployment.id), fields)

    *_, stored = events.read(store.redis, deployment.id)

    assert stored.kind is EventKind.NOTE and sentence(stored) == text
