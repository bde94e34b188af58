"""Which releases were live, and what a rollback is to, by the history alone."""

from datetime import UTC, datetime, timedelta

import pytest

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.record import Deployment, PhaseRecord, Release
from bluegreen.deployment.releases import crossed, lived, previous, refuse_crossing, stays
from bluegreen.deployment.states import Phase, PhaseState, State
from tests.here import HERE

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def deployed(minute: int, release: str, before: str | None = None, **fields: object) -> Deployment:
    """One that was asked for at that minute, and had switched half a minute later."""
    switch = PhaseRecord(Phase.SWITCH_TRAFFIC, PhaseState.DONE, at(minute), seconds=30.0)
    given = {"state": State.SUCCEEDED, "phases": (switch,), **fields}
    return Deployment(
        id=f"web-{minute}",
        service="web",
        installation=HERE.id,
        requested_by="me",
        requested_at=at(minute),
        generation=minute,
        release=Release(name=release),
        from_release=Release(name=before) if before else None,
        **given,  # type: ignore[arg-type]
    )


V1, V2 = deployed(1, "v1"), deployed(2, "v2", "v1")


def test_a_release_was_live_from_its_switch_to_that_of_the_next_one() -> None:
    newest, oldest = stays([V1, V2])

    assert (newest.release.name, newest.since, newest.until, newest.deployment_id) == (
        "v2",
        at(2.5),
        None,
        "web-2",
    )
    assert (oldest.release.name, oldest.since, oldest.until) == ("v1", at(1.5), at(2.5))


def test_one_that_came_back_counts_by_its_last_time_and_what_never_got_live_does_not_count() -> None:
    broken = deployed(3, "v3", "v2", state=State.ROLLED_BACK)

    found = stays([V1, V2, broken, deployed(4, "v1", "v2")])

    assert [(each.release.name, each.since) for each in found] == [("v1", at(4.5)), ("v2", at(2.5))]


def test_one_that_was_deployed_once_more_was_live_all_the_time() -> None:
    (found, _) = stays([V1, V2, deployed(5, "v2", "v2")])

    assert (found.since, found.until, found.deployment_id) == (at(2.5), None, "web-5")


def test_the_release_before_is_another_one_than_the_live_one() -> None:
    again = deployed(5, "v2", "v2")

    assert previous([V1, V2, again], "v2") == Release(name="v1")
    assert previous([V1, V2, deployed(3, "v1", "v2")], "v1") == Release(name="v2")
    assert previous([V1, again], "v1") is None and previous([], "v1") is None


def test_a_release_that_was_never_live_is_refused_with_those_that_were() -> None:
    many = [deployed(number, f"v{number}") for number in range(1, 13)]
    never = deployed(20, "v20", state=State.ROLLED_BACK)

    assert lived("web", [*many, never], "v3") == Release(name="v3")
    for name in ("v20", "nope"):
        with pytest.raises(UsageError, match=f"made a release {name} live") as refused:
            lived("web", [*many, never], name)
    assert "v12, v11" in refused.value.saw and refused.value.saw.endswith("v3, and 2 more")
    assert "bluegreen releases web" in refused.value.advice


def test_migrations_that_do_not_go_back_count_from_when_the_release_became_live_last() -> None:
    failed = deployed(3, "v3", "v2", irreversible=True, state=State.ROLLED_BACK)
    history = [V1, deployed(2, "v2", "v1", irreversible=True), failed, deployed(4, "v4", "v2")]

    assert crossed(history, "v4") == ()
    assert crossed(history, "v2") == ("v3",), "what a failed deployment has migrated stays so"
    assert crossed(history, "v1") == ("v2", "v3")
    assert crossed([*history, deployed(5, "v1", "v4")], "v1") == (), "it has lived with them since"


def test_a_rollback_over_them_wants_a_word() -> None:
    history = [V1, deployed(2, "v2", "v1", irreversible=True)]

    assert refuse_crossing("web", history, "v2", None) == ()
    assert refuse_crossing("web", history, "v1", "the column is still read by nobody") == ("v2",)
    with pytest.raises(UsageError, match="goes over migrations that are marked as not going back") as refused:
        refuse_crossing("web", history, "v1", None)
    assert "they ran for v2" in refused.value.saw
    assert 'bluegreen rollback web --to v1 --anyway "why"' in refused.value.advice
