"""Promotions in Redis: asked for by a key of their own, done once, held by a freeze, or by their time."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from bluegreen import failpoints
from bluegreen.deployment.approval import Approval
from bluegreen.deployment.errors import FreezeInForce, UsageError
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import DEPLOY_PHASES, Phase, State
from bluegreen.store import lease, requests
from bluegreen.store.answers import Ticket
from bluegreen.store.clock import redis_time
from bluegreen.store.deployments import Store
from bluegreen.store.lease import Lease
from bluegreen.store.requests import Abort, Asked, Kind, Promote
from tests.attended import launched, requests_of
from tests.here import ELSEWHERE, HERE
from tests.redises import redis
from tests.workflows.test_requests import DEPLOY, FREEZE, answer, is_forgotten, write
from workflows import recovery
from workflows.recovery import Recovery

__all__ = ["launched", "redis"]

REQUIRED = '[services.web.approval]\nrequired = true\ntimeout = 60\non_timeout = "promote"\n'


def run_until(store: Store, deployment: Deployment, last: Phase) -> Deployment:
    """Its record once that phase is committed; nobody has taken up the next one."""
    for phase in DEPLOY_PHASES[: DEPLOY_PHASES.index(last) + 1]:
        store.begin(deployment.id, phase, deployment.epoch, "we")
        deployment = Lease(store, deployment.id, phase, deployment.epoch, "we").commit("done")
    return deployment


def waiting(store: Store, **approval: object) -> Deployment:
    """One that waits for its promotion."""
    made = store.create("web", "me", approval=Approval(**{"timeout": 60, **approval}))
    return run_until(store, made, Phase.HEALTH_CHECK)


def ask(store: Store, kind: Kind, asked: Asked, before: str = "") -> Ticket:
    """It is asked for, and a worker with that text before its config has taken it."""
    ticket = requests.send(store.redis, HERE.id, kind, asked)
    requests_of(store, before=before).look(0.01)
    return ticket


def promote(deployment: Deployment, **more: str) -> Promote:
    return Promote(deployment_id=deployment.id, requested_by="ann", **more)


def found(store: Store, deployment: Deployment) -> Deployment:
    record = store.get(deployment.id)
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("hold", "before", "approval"),
    [
        (False, "", None),
        (True, "", Approval(timeout=3600, on_timeout="abort")),
        (False, REQUIRED, Approval(timeout=60, on_timeout="promote")),
        (True, REQUIRED, Approval(timeout=60, on_timeout="promote")),
    ],
)
def test_the_request_or_the_settings_of_the_deploy_host_have_a_deployment_wait(
    store: Store, launched: list[str], hold: bool, before: str, approval: Approval | None
) -> None:
    ask(store, Kind.DEPLOY, DEPLOY.with_(hold=hold), before)

    (made,) = store.history("web")
    assert made.approval == approval


def test_it_waits_by_the_clock_of_redis_and_holds_the_lock_without_a_lease(store: Store) -> None:
    before = redis_time(store.redis)

    held = waiting(store)

    assert held.state is State.AWAITING_PROMOTION and not store.is_leased(held.id)
    assert held.approval is not None and held.approval.waiting_since is not None
    assert before <= held.approval.waiting_since <= redis_time(store.redis)
    assert store.holder("web") == held and not store.is_in_hand("web")


def test_a_deployment_that_does_not_wait_asks_redis_nothing_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unasked(_: object) -> datetime:
        raise AssertionError("the time is asked for, and nobody waits")

    monkeypatch.setattr(lease, "redis_time", unasked)

    made = run_until(store, store.create("web", "me"), Phase.CLEANUP_OLD_VERSION)

    assert made.state is State.SUCCEEDED


def test_a_promotion_goes_on_and_is_answered(store: Store, launched: list[str]) -> None:
    held = waiting(store)

    ticket = ask(store, Kind.PROMOTE, promote(held, message="looks good"))

    after = found(store, held)
    assert after.state is State.RUNNING and store.is_leased(held.id)
    assert after.approval is not None and after.approval.words == "promoted by ann: looks good"
    assert launched == [answer(store, ticket)] == [held.id] and is_forgotten(store)


@pytest.mark.parametrize("point", ["before promote", "after promote", "before forget request"])
def test_what_a_killed_worker_had_in_hand_is_done_once(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    class Killed(BaseException):
        pass

    def hook(reached: str) -> None:
        if reached == point:
            raise Killed

    held = waiting(store)
    ticket = requests.send(store.redis, HERE.id, Kind.PROMOTE, promote(held))
    monkeypatch.setattr(failpoints, "hook", hook)
    with pytest.raises(Killed):
        requests_of(store).look(0.01)
    monkeypatch.setattr(failpoints, "hook", lambda _: None)

    requests_of(store).look(0.01)

    assert answer(store, ticket) == held.id and is_forgotten(store)
    assert found(store, held).epoch == held.epoch + 1 and len(launched) <= 1


def test_of_a_promotion_and_an_abort_at_once_each_is_answered_and_they_do_not_mix(
    store: Store, launched: list[str]
) -> None:
    held = waiting(store)
    promotion = requests.send(store.redis, HERE.id, Kind.PROMOTE, promote(held))
    abort = requests.send(store.redis, HERE.id, Kind.ABORT, Abort(deployment_id=held.id, requested_by="bob"))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda worker: worker.look(0.01), (requests_of(store), requests_of(store))))

    after = found(store, held)
    assert answer(store, abort) == held.id and after.abort_requested_by == "bob"
    if after.state is State.ROLLING_BACK:
        with pytest.raises(UsageError, match="does not wait for a promotion"):
            answer(store, promotion)
    else:
        assert answer(store, promotion) == held.id and after.state is State.RUNNING


def test_one_that_is_too_old_promotes_nothing(store: Store, launched: list[str]) -> None:
    held = waiting(store)
    long_ago = redis_time(store.redis) - timedelta(seconds=requests.TAKEN_WITHIN + 1)
    ticket = Ticket(Kind.PROMOTE, "0" * 32)
    fields = {"request": ticket.request, "asked": promote(held).as_json()}
    write(store, fields, Kind.PROMOTE, f"{int(long_ago.timestamp() * 1000)}-0")

    requests_of(store).look(0.01)

    with pytest.raises(UsageError, match="waited too long"):
        answer(store, ticket)
    assert found(store, held) == held


def test_what_does_not_wait_or_is_of_another_installation_stays_as_it_is(
    store: Store, launched: list[str]
) -> None:
    made, theirs = store.create("web", "me"), waiting(store.at(ELSEWHERE.id))

    for deployment, said in (
        (made, "does not wait for a promotion"),
        (theirs, "belongs to another installation"),
    ):
        with pytest.raises(UsageError, match=said):
            answer(store, ask(store, Kind.PROMOTE, promote(deployment)))
        assert found(store, deployment) == deployment
    assert launched == []


@pytest.mark.parametrize(
    "changes",
    [
        {"deployment_id": "../web"},
        {"requested_by": "x\x1b[2J"},
        {"message": "two\nlines"},
        {"message": "x" * 201},
        {"message": 7},
        {"why": ""},
        {"approval": {"promoted_by": "bob"}},
    ],
    ids=str,
)
def test_a_field_that_is_not_what_it_must_be_is_refused_by_the_worker(
    store: Store, launched: list[str], changes: dict[str, object]
) -> None:
    held = waiting(store)
    ticket = Ticket(Kind.PROMOTE, uuid4().hex)
    text = json.dumps({"deployment_id": held.id, "requested_by": "ann", **changes})
    write(store, {"request": ticket.request, "asked": text}, Kind.PROMOTE)

    requests_of(store).look(0.01)

    with pytest.raises(UsageError, match="refused|invalid|is not a deployment id"):
        answer(store, ticket)
    assert found(store, held) == held and launched == []


def test_a_freeze_holds_it_unless_somebody_says_why(store: Store, launched: list[str]) -> None:
    held = waiting(store)

    with pytest.raises(FreezeInForce, match=f'bluegreen promote {held.id} --override-freeze "why"'):
        answer(store, ask(store, Kind.PROMOTE, promote(held), FREEZE))
    assert found(store, held) == held

    ask(store, Kind.PROMOTE, promote(held, why="a hole"), FREEZE)
    approval = found(store, held).approval
    assert approval is not None and str(approval.freeze_passed).endswith(": a hole")


@pytest.fixture
def relaunched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What sweeps have launched; no message waits in the queue."""
    sent: list[str] = []
    monkeypatch.setattr(Recovery, "_list_queued", lambda _: set[str]())
    monkeypatch.setattr(recovery, "launch", lambda deployment: sent.append(deployment.id))
    return sent


def sweep(store: Store, freeze: str | None = None) -> None:
    """Twice, as a take-over needs."""
    sweeper = Recovery(store, "w@host", HERE, ["web"], lambda *_: freeze)
    for _ in range(2):
        sweeper.sweep()


def test_a_sweep_leaves_it_alone_until_its_time_is_over(store: Store, relaunched: list[str]) -> None:
    held = waiting(store)

    sweep(store)

    assert found(store, held) == held and relaunched == []


@pytest.mark.parametrize(("on_timeout", "state"), [("abort", State.ROLLING_BACK), ("promote", State.RUNNING)])
def test_its_time_ends_it_once(store: Store, relaunched: list[str], on_timeout: str, state: State) -> None:
    held = waiting(store, timeout=0.0, on_timeout=on_timeout)

    sweep(store)

    after = found(store, held)
    assert (after.state, after.epoch) == (state, held.epoch + 1) and relaunched == [held.id]


def test_a_freeze_holds_what_its_time_would_promote(store: Store, relaunched: list[str]) -> None:
    held = waiting(store, timeout=0.0, on_timeout="promote")

    sweep(store, "Christmas (until then)")
    assert found(store, held) == held

    sweep(store)
    assert found(store, held).state is State.RUNNING


def test_an_unlock_ends_it(store: Store) -> None:
    held = waiting(store)

    assert store.unlock(held.id, "ann")

    assert found(store, held).state is State.FAILED and store.holder("web") is None


@pytest.mark.parametrize(
    ("kind", "by", "is_refused"),
    [
        (Kind.PROMOTE_AS_DEPLOY, "deploy", False),
        (Kind.PROMOTE_AS_DEPLOY, "promote", True),
        (Kind.PROMOTE, "promote", False),
        (Kind.PROMOTE, "all", True),
        (Kind.PROMOTE_AS_ALL, "all", False),
        (Kind.PROMOTE_AS_ALL, "deploy", False),
    ],
)
def test_a_promotion_counts_by_the_role_of_its_key(
    store: Store, launched: list[str], kind: Kind, by: str, is_refused: bool
) -> None:
    deployment = waiting(store)

    ticket = ask(store, kind, promote(deployment), f'[services.web.approval]\nby = "{by}"\n')

    state = State.AWAITING_PROMOTION if is_refused else State.RUNNING
    assert found(store, deployment).state is state and bool(launched) is not is_refused
    if is_refused:
        with pytest.raises(UsageError, match=f"approval.by of web is {by}"):
            answer(store, ticket)
