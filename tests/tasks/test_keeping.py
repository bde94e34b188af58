"""Which releases are kept, and what they are called."""

import pytest

from bluegreen.deployment.names import release_name
from bluegreen.deployment.record import Deployment, Release, now
from bluegreen.deployment.states import State
from tasks.deploy.cleanup_old_version import releases_to_keep
from tests.here import HERE

pytestmark = pytest.mark.unit


def deployment(number: int, release: str, before: str | None = None, state: State = State.SUCCEEDED) -> Deployment:
    return Deployment(
        id=f"web-{number}",
        service="web",
        installation=HERE.id,
        requested_by="me",
        requested_at=now(),
        generation=number,
        release=Release(name=release),
        state=state,
        from_release=Release(name=before) if before else None,
    )


def names(releases: tuple[Release, ...]) -> list[str]:
    return [each.name for each in releases]


def test_the_newest_releases_are_kept() -> None:
    history = [deployment(number, f"v{number}") for number in range(1, 7)]

    kept = releases_to_keep(history, deployment(7, "v7", before="v6"), 3)

    assert names(kept) == ["v7", "v6", "v5"]


def test_the_live_release_and_the_one_before_are_kept_however_old() -> None:
    history = [deployment(number, f"v{number}") for number in range(1, 7)]

    kept = releases_to_keep(history, deployment(7, "v1", before="v2"), 3)

    assert names(kept) == ["v1", "v2", "v6"]


def test_releases_that_were_never_live_do_not_push_out_those_that_were() -> None:
    broken = [deployment(number, f"broken-{number}", state=State.ROLLED_BACK) for number in range(3, 7)]
    history = [deployment(1, "v1"), deployment(2, "v2", before="v1"), *broken]

    kept = releases_to_keep(history, deployment(7, "v7", before="v2"), 3)

    assert names(kept) == ["v7", "v2", "v1"]


def test_two_builds_of_one_branch_are_two_releases() -> None:
    assert release_name("main", None, 7) == "main"
    assert release_name("main", None, 7, taken={"main"}) == "main-7"
    assert release_name("feature/x", None, 7) == "feature-x"
    assert release_name(None, "0123456789abcdef", 7) == "0123456789ab"
    assert release_name(None, None, 7) == "r7"
