"""Rollbacks to a release by its name, and the live one once more: what is asked for, refused, recorded."""

from typing import Any

import pytest

from bluegreen.deployment.errors import Busy, FreezeInForce, UsageError
from bluegreen.deployment.record import Deployment, Release, now
from bluegreen.deployment.states import DEPLOY_PHASES, Phase, State
from bluegreen.deployment.transitions import Step
from bluegreen.store import answers, requests
from bluegreen.store.deployments import Store
from bluegreen.store.requests import Kind, Redeploy, Rollback
from tasks import adopted
from tasks.adopted import Adopted
from tests.attended import launched, requests_of
from tests.here import HERE
from tests.redises import redis

__all__ = ["launched", "redis"]

FREEZE = '[[freezes]]\nreason = "Christmas"\nstart = 2020-01-01\nend = 2999-01-01\n'


def succeed(store: Store, release: str, before: str | None = None, **fields: Any) -> Deployment:
    known = {"release": Release(name=release), "from_release": Release(name=before) if before else None}
    made = store.create("web", "me", **known, **fields)
    ended = made.with_(state=State.SUCCEEDED, phase=None, finished_at=now())
    store.change(made.id, lambda *_: (None, Step(ended, None)))
    return made


@pytest.fixture
def three(store: Store) -> Store:
    """v1, v2 and v3, whose migrations do not go back, were live one after the other."""
    succeed(store, "v1")
    succeed(store, "v2", "v1")
    succeed(store, "v3", "v2", irreversible=True)
    return store


def ask(store: Store, kind: Kind, before: str = "", **fields: Any) -> Deployment:
    """The deployment that comes of it; raises what it is refused with."""
    asked = (Rollback if kind is Kind.ROLLBACK else Redeploy)(service="web", requested_by="ann", **fields)
    ticket = requests.send(store.redis, HERE.id, kind, asked)
    requests_of(store, before=before).look(0.01)
    answer = answers.read(store.redis, ticket, 0.01)
    assert answer is not None, "it is not answered"
    made = store.get(answer.result())
    assert made is not None
    return made


def test_a_rollback_is_to_the_release_of_that_name(three: Store, launched: list[str]) -> None:
    made = ask(three, Kind.ROLLBACK, to="v1", anyway="it reads none of it")

    assert (made.kind, made.label, made.crossed) == ("rollback", "v1", ("v3",))
    assert made.asked == "asked for by ann, over the migrations of v3: it reads none of it"
    assert launched == [made.id]


@pytest.mark.parametrize("to", ["v1", "v2", None])
def test_one_over_migrations_that_do_not_go_back_is_refused_without_a_word(
    three: Store, launched: list[str], to: str | None
) -> None:
    with pytest.raises(UsageError, match="marked as not going back") as refused:
        ask(three, Kind.ROLLBACK, to=to)

    assert f'--to {to or "v2"} --anyway "why"' in refused.value.advice
    assert len(three.history("web")) == 3 and launched == []


def test_what_is_before_the_live_one_is_left_to_the_proxies_where_a_deployment_has_failed(
    three: Store, launched: list[str]
) -> None:
    three.unlock(three.create("web", "me").id, "me")

    assert ask(three, Kind.ROLLBACK).crossed == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"to": "v9"}, "v3, v2, v1"),
        ({"to": "-rf"}, "is not the name of a release"),
        ({"to": "v1\n"}, "is not the name of a release"),
        ({"to": "v1", "anyway": "a\nb"}, "invalid reason for going back over migrations"),
        ({"to": "v1", "anyway": "x" * 201}, "invalid reason"),
    ],
)
def test_bad_input_is_refused_before_anything_is_recorded(
    three: Store, launched: list[str], fields: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError) as refused:
        ask(three, Kind.ROLLBACK, **fields)

    assert said in str(refused.value) and len(three.history("web")) == 3


def switched(store: Store) -> Deployment:
    """A deployment under way, from v3, whose traffic is switched."""
    made = store.create("web", "me", from_release=Release(name="v3"))
    for phase in DEPLOY_PHASES[: DEPLOY_PHASES.index(Phase.SWITCH_TRAFFIC) + 1]:
        store.begin(made.id, phase, made.epoch, "we")
        if phase is not Phase.SWITCH_TRAFFIC:
            store.change(made.id, lambda found, _, at=phase: (None, Step(found.with_(phase=at.next), None)))
    return made


def test_to_what_served_before_a_switch_under_way_an_abort_is_quicker(three: Store, launched: list[str]) -> None:
    holder = switched(three)

    assert ask(three, Kind.ROLLBACK, to="v3").id == holder.id

    aborted = three.get(holder.id)
    assert aborted is not None and aborted.abort_requested_by == "ann"


def test_to_another_one_it_waits_its_turn(three: Store, launched: list[str]) -> None:
    holder = switched(three)

    with pytest.raises(Busy):
        ask(three, Kind.ROLLBACK, to="v1", anyway="why")

    going_on = three.get(holder.id)
    assert going_on is not None and going_on.abort_requested_by is None


def test_the_live_one_once_more_is_a_change_that_a_freeze_stops_and_an_approval_holds(
    three: Store, launched: list[str]
) -> None:
    with pytest.raises(FreezeInForce) as frozen:
        ask(three, Kind.REDEPLOY, FREEZE)
    assert 'bluegreen redeploy web --override-freeze "why"' in frozen.value.advice

    made = ask(three, Kind.REDEPLOY, FREEZE, why="a new password", hold=True)

    assert (made.kind, made.label) == ("redeploy", "the live release")
    assert made.freeze_passed and made.freeze_passed.endswith("a new password") and made.approval


def test_of_what_was_never_deployed_there_is_nothing_to_have_once_more(store: Store, launched: list[str]) -> None:
    with pytest.raises(UsageError, match="no release is known that could be live"):
        ask(store, Kind.REDEPLOY)


ADOPTED = Adopted(originals=("shop-web-1",))


def adopt(monkeypatch: pytest.MonkeyPatch, found: Adopted | None = ADOPTED) -> None:
    """The service was adopted, and its container is there."""
    monkeypatch.setattr(adopted, "read", lambda _: found)
    monkeypatch.setattr(adopted, "expect_there", lambda *_: None)


def test_from_the_first_release_it_is_to_what_was_adopted_by_undo_phases_alone(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    succeed(store, "v1")
    adopt(monkeypatch)

    made = ask(store, Kind.ROLLBACK)

    assert made.to_adopted and (made.kind, made.state, made.phase) == (
        "rollback",
        State.ROLLING_BACK,
        Phase.RESTORE_TRAFFIC,
    )
    assert launched == [made.id]


def test_over_its_migrations_it_wants_a_word(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    succeed(store, "v1", irreversible=True)
    adopt(monkeypatch)

    with pytest.raises(UsageError, match="what served before the first deployment goes over migrations"):
        ask(store, Kind.ROLLBACK)
    made = ask(store, Kind.ROLLBACK, anyway="it reads none of it")

    assert made.to_adopted and made.crossed == ("v1",)


@pytest.mark.parametrize(("before", "found"), [("v1", ADOPTED), (None, None)])
def test_with_a_release_before_or_without_an_adoption_it_is_not_to_that(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch, before: str | None, found: Adopted | None
) -> None:
    succeed(store, "v2", before)
    adopt(monkeypatch, found)

    if before:
        assert not ask(store, Kind.ROLLBACK).to_adopted
    else:
        with pytest.raises(UsageError, match="no release is known from before"):
            ask(store, Kind.ROLLBACK)
