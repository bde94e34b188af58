"""Requests in Redis: checked, done once, answered, forgotten."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from bluegreen import failpoints
from bluegreen.deployment.errors import Busy, FreezeInForce, UsageError
from bluegreen.deployment.states import State
from bluegreen.store import answers, inbox, keys, owners, requests
from bluegreen.store.answers import Ticket
from bluegreen.store.clock import redis_time
from bluegreen.store.deployments import Store
from bluegreen.store.requests import Abort, Asked, Deploy, Kind, Rollback, Unlock
from tests.attended import attended, launched, requests_of
from tests.here import ELSEWHERE, HERE
from tests.redises import redis

__all__ = ["launched", "redis"]

DEPLOY = Deploy(service="web", requested_by="ann@host", ref="v1")
FREEZE = '[[freezes]]\nreason = "Christmas"\nstart = 2020-01-01\nend = 2999-01-01\n'


def write(store: Store, fields: dict[str, str], kind: Kind = Kind.DEPLOY, entry: str = "*") -> None:
    """What anybody with the right to ask may write."""
    store.redis.xadd(keys.requests(HERE.id, kind), fields, id=entry)


def answer(store: Store, ticket: Ticket) -> str:
    """The deployment, or what the request was refused with."""
    found = answers.read(store.redis, ticket, 0.01)
    assert found is not None, "it is not answered"
    return found.result()


def is_forgotten(store: Store) -> bool:
    return not store.redis.exists(*(keys.requests(HERE.id, kind) for kind in Kind))


def test_a_request_becomes_a_deployment_of_this_installation(store: Store, launched: list[str]) -> None:
    ticket = requests.send(store.redis, HERE.id, Kind.DEPLOY, DEPLOY.with_(request_url="https://ci.example/7/"))

    assert requests_of(store).look(0.01) == 1

    (made,) = store.history("web")
    assert (made.ref, made.asked_by, made.state) == ("v1", "ann@host (https://ci.example/7/)", State.QUEUED)
    assert (made.installation, made.request_id) == (HERE.id, ticket.request) and HERE.id in made.id
    assert launched == [answer(store, ticket)] == [made.id] and is_forgotten(store)


def test_a_request_that_comes_twice_makes_one_deployment(store: Store, launched: list[str]) -> None:
    tickets = [requests.send(store.redis, HERE.id, Kind.DEPLOY, DEPLOY, "0" * 32) for _ in range(2)]
    requests_of(store).look(0.01)
    store.unlock(store.history("web")[0].id, "me")
    requests.send(store.redis, HERE.id, Kind.DEPLOY, DEPLOY, "0" * 32)
    requests_of(store).look(0.01)

    assert len(store.history("web")) == 1 and len({answer(store, each) for each in tickets}) == 1
    assert len(launched) == 1 and is_forgotten(store)


def test_of_two_workers_with_one_request_in_hand_one_acts(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read it before either has done anything."""
    together = threading.Barrier(2)
    monkeypatch.setattr(failpoints, "hook", lambda point: point == "before accept request" and together.wait(30))
    ticket = requests.send(store.redis, HERE.id, Kind.DEPLOY, DEPLOY)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda worker: worker.look(0.01), (requests_of(store), requests_of(store))))

    (made,) = store.history("web")
    assert launched == [made.id] == [answer(store, ticket)] and is_forgotten(store)


@pytest.mark.parametrize(
    ("point", "made"), [("before create", 0), ("after create", 1), ("before forget request", 1)]
)
def test_what_a_killed_worker_had_in_hand_is_done_once(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch, point: str, made: int
) -> None:
    class Killed(BaseException):
        pass

    def hook(reached: str) -> None:
        if reached == point:
            raise Killed

    ticket = requests.send(store.redis, HERE.id, Kind.DEPLOY, DEPLOY)
    monkeypatch.setattr(failpoints, "hook", hook)
    with pytest.raises(Killed):
        requests_of(store).look(0.01)
    assert len(store.history("web")) == made
    monkeypatch.setattr(failpoints, "hook", lambda _: None)

    requests_of(store).look(0.01)

    (only,) = store.history("web")
    assert answer(store, ticket) == only.id and is_forgotten(store)


def test_one_that_is_too_old_is_refused_and_never_done(store: Store, launched: list[str]) -> None:
    long_ago = redis_time(store.redis) - timedelta(seconds=requests.TAKEN_WITHIN + 1)
    ticket = Ticket("deploy", "0" * 32)
    fields = {"request": ticket.request, "asked": DEPLOY.as_json()}
    write(store, fields, entry=f"{int(long_ago.timestamp() * 1000)}-0")

    requests_of(store).look(0.01)

    with pytest.raises(UsageError, match="waited too long"):
        answer(store, ticket)
    assert store.history("web") == [] and is_forgotten(store)


def test_an_abort_is_never_too_late(store: Store, launched: list[str]) -> None:
    made = store.create("web", "me")
    moment = redis_time(store.redis) - timedelta(seconds=300)
    asked = Abort(deployment_id=made.id, requested_by="ann")
    fields = {"request": "0" * 32, "asked": asked.as_json()}
    write(store, fields, Kind.ABORT, f"{int(moment.timestamp() * 1000)}-0")

    requests_of(store).look(0.01)

    assert store.get(made.id).state is State.ABORTED


@pytest.mark.parametrize(
    "changes",
    [
        {"ref": "--upload-pack=touch x"},
        {"ref": ["v1"]},
        {"ref": 7},
        {"service": "../web"},
        {"service": "web\n"},
        {"service": None},
        {"service": "x" * 5000},
        {"requested_by": "x\x1b[2J"},
        {"requested_by": "x" * 201},
        {"requested_by": ""},
        {"request_url": "javascript:alert(1)"},
        {"why": "two\nlines"},
        {"starting_seconds": -1},
        {"starting_seconds": 1e300},
        {"starting_seconds": "60"},
        {"id": "web-1"},
        {"previous_files": {"proxy": "user root;"}},
        {"installation": ELSEWHERE.id},
        {"kind": "rollback"},
        {"run": {"time": "2020-01-01T00:00:00Z"}},
    ],
    ids=str,
)
def test_a_field_that_is_not_what_it_must_be_is_refused_by_the_worker(
    store: Store, launched: list[str], changes: dict[str, object]
) -> None:
    ticket = Ticket("deploy", uuid4().hex)
    text = json.dumps({"service": "web", "requested_by": "ann", **changes})
    write(store, {"request": ticket.request, "asked": text})

    requests_of(store).look(0.01)

    with pytest.raises(UsageError, match="refused|invalid"):
        answer(store, ticket)
    assert store.redis.keys("bluegreen:[ds]*") == [] and is_forgotten(store)


@pytest.mark.parametrize(
    "fields",
    [
        {"x": "y"},
        {"request": "", "asked": DEPLOY.as_json()},
        {"request": "../../x", "asked": DEPLOY.as_json()},
        {"request": "0" * 31 + ":", "asked": DEPLOY.as_json()},
        {"request": "0" * 32},
        {"request": "0" * 32, "asked": "{"},
        {"request": "0" * 32, "asked": DEPLOY.as_json(), "queue": "bluegreen:queue:x"},
    ],
    ids=str,
)
def test_an_entry_that_is_no_request_is_dropped(store: Store, launched: list[str], fields: dict[str, str]) -> None:
    write(store, fields)

    requests_of(store).look(0.01)

    assert store.redis.keys("bluegreen:[ds]*") == [] and is_forgotten(store)


def test_the_key_says_what_is_asked_for_and_not_the_message(store: Store, launched: list[str]) -> None:
    """Who may ask for rollbacks alone cannot deploy."""
    ticket = requests.send(store.redis, HERE.id, Kind.ROLLBACK, DEPLOY)

    requests_of(store).look(0.01)

    with pytest.raises(UsageError, match="unknown field"):
        answer(store, ticket)


def test_what_is_refused_comes_back_as_the_error_that_it_was(store: Store, launched: list[str]) -> None:
    held = store.create("web", "me")
    busy = requests.send(store.redis, HERE.id, Kind.DEPLOY, DEPLOY)
    unknown = requests.send(store.redis, HERE.id, Kind.DEPLOY, DEPLOY.with_(service="shop"))
    nothing = requests.send(store.redis, HERE.id, Kind.ROLLBACK, Rollback(service="web", requested_by="ann"))
    requests_of(store).look(0.01)
    frozen = requests.send(store.redis, HERE.id, Kind.DEPLOY, DEPLOY)
    requests_of(store, before=FREEZE).look(0.01)

    with pytest.raises(Busy, match="another deploy is under way") as refused:
        answer(store, busy)
    assert refused.value.holder == held.id and held.id in refused.value.advice
    with pytest.raises(UsageError, match=f"no service 'shop' in {HERE.host}"):
        answer(store, unknown)
    with pytest.raises(UsageError, match="no release is known from before"):
        answer(store, nothing)
    with pytest.raises(FreezeInForce, match="Christmas"):
        answer(store, frozen)


def test_a_name_that_lives_elsewhere_is_refused_naming_both(store: Store, launched: list[str]) -> None:
    owners.settle(store.redis, ELSEWHERE, ["web"])
    ticket = requests.send(store.redis, HERE.id, Kind.DEPLOY, DEPLOY)

    requests_of(store).look(0.01)

    with pytest.raises(UsageError, match=f"{ELSEWHERE.host}.*{HERE.host}"):
        answer(store, ticket)


def test_a_deployment_of_another_installation_is_not_touched(store: Store, launched: list[str]) -> None:
    theirs = store.at(ELSEWHERE.id).create("web", "me")
    for kind, asked in (
        (Kind.ABORT, Abort(deployment_id=theirs.id, requested_by="ann")),
        (Kind.UNLOCK, Unlock(deployment_id=theirs.id, requested_by="ann")),
    ):
        ticket = requests.send(store.redis, HERE.id, kind, asked)
        requests_of(store).look(0.01)
        with pytest.raises(UsageError, match="belongs to another installation"):
            answer(store, ticket)

    assert store.get(theirs.id) == theirs


def test_an_unlock_ends_what_was_seen_and_nothing_later(store: Store, launched: list[str]) -> None:
    seen = store.create("web", "me")
    store.unlock(seen.id, "bob")
    later = store.create("web", "me")
    ticket = requests.send(store.redis, HERE.id, Kind.UNLOCK, Unlock(deployment_id=seen.id, requested_by="ann"))

    requests_of(store).look(0.01)

    assert answer(store, ticket) == seen.id and store.holder("web") == later


def test_a_worker_that_stops_begins_nothing_and_still_lets_go_of_what_it_has_in_hand(
    store: Store, launched: list[str]
) -> None:
    made = store.create("web", "me")
    worker = requests_of(store)
    worker.stop()
    deploy = requests.send(store.redis, HERE.id, Kind.DEPLOY, DEPLOY)
    abort = requests.send(store.redis, HERE.id, Kind.ABORT, Abort(deployment_id=made.id, requested_by="ann"))

    assert worker.look(0.01) == 1

    assert answer(store, abort) == made.id and store.get(made.id).state is State.ABORTED
    assert answers.read(store.redis, deploy, 0.01) is None, "it waits for the next worker"


@pytest.mark.parametrize("entry", ["18446744073709551615-18446744073709551615", "9999999999999-1"])
def test_an_id_from_the_future_keeps_nobody_from_asking(store: Store, launched: list[str], entry: str) -> None:
    write(store, {"x": "y"}, entry=entry)
    worker = requests_of(store)
    worker.look(0.01)
    ticket = requests.send(store.redis, HERE.id, Kind.DEPLOY, DEPLOY)
    worker.look(0.01)
    assert answer(store, ticket)

    store.redis.xadd(keys.requests(HERE.id, Kind.ABORT), {"x": "y"}, id=entry, maxlen=0, approximate=False)
    worker.look(0.01)
    requests.send(store.redis, HERE.id, Kind.ABORT, Abort(deployment_id="web-1", requested_by="ann"))


def test_a_flood_is_taken_in_parts_and_trimmed(store: Store, launched: list[str]) -> None:
    pipe = store.redis.pipeline(transaction=False)
    for _ in range(3 * requests.MAX_LENGTH):
        pipe.xadd(keys.requests(HERE.id, Kind.DEPLOY), {"x": "y"})
    pipe.execute()
    abort = Abort(deployment_id=store.create("web", "me").id, requested_by="ann")
    requests.send(store.redis, HERE.id, Kind.ABORT, abort)

    assert requests_of(store).look(0.01) == inbox.AT_ONCE + 1

    assert store.get(abort.deployment_id).state is State.ABORTED, "another kind is not held up"
    assert store.redis.xlen(keys.requests(HERE.id, Kind.DEPLOY)) < requests.MAX_LENGTH


def test_what_is_too_large_to_be_requests_is_removed_unread(store: Store, launched: list[str]) -> None:
    write(store, {"x": "y" * 5_000_000})

    assert requests_of(store).look(0.01) == 0

    assert is_forgotten(store)


def test_a_run_of_a_schedule_without_a_time_zone_is_refused(store: Store, launched: list[str]) -> None:
    ticket = Ticket("schedule", "0" * 32)
    times = {"time": "2020-01-01T00:00:00", "seen": "2020-01-01T00:00:00"}
    text = json.dumps({"service": "web", "requested_by": "schedule", **times})
    write(store, {"request": ticket.request, "asked": text}, Kind.SCHEDULE)

    requests_of(store).look(0.01)

    with pytest.raises(UsageError, match="time"):
        answer(store, ticket)


def test_the_client_has_the_answer_at_once(store: Store, launched: list[str]) -> None:
    with attended(store):
        made = requests.ask(store.redis, HERE.id, Kind.DEPLOY, DEPLOY)
        with pytest.raises(Busy):
            requests.ask(store.redis, HERE.id, Kind.DEPLOY, DEPLOY)

    assert launched == [made]


def test_a_client_that_nobody_answers_says_where_it_has_asked(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners.settle(store.redis, HERE, ["web"])
    monkeypatch.setattr(requests, "PATIENCE", 0.1)

    with pytest.raises(UsageError, match=f"no worker took the request.*\n.*{HERE.host}.*{HERE.config}"):
        requests.ask(store.redis, HERE.id, Kind.DEPLOY, DEPLOY)


@pytest.mark.unit
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_fields_that_are_checked(kind: Kind) -> None:
    assert issubclass(requests.ASKED[kind], Asked) and requests.ASKED[kind].__struct_config__.forbid_unknown_fields
