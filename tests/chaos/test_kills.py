"""A short run of `make chaos`: the worker is killed at the points that hurt most, and the promises hold."""

from collections.abc import Callable

import pytest

from bluegreen.deployment.states import State
from tests.chaos.arena import FICKLE, GOES_ON_WITHIN, GOOD, Arena

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("requests: before accept request", marks=pytest.mark.long),
        pytest.param("requests: before create", marks=pytest.mark.long),
        "requests: after create",
        pytest.param("requests: before launch", marks=pytest.mark.long),
        pytest.param("requests: after launch", marks=pytest.mark.long),
        pytest.param("requests: before forget request", marks=pytest.mark.long),
        pytest.param("deploy_new_version: after spawn", marks=pytest.mark.long),
        "switch_traffic: after replace file",
        pytest.param("switch_traffic: after commit", marks=pytest.mark.long),
        pytest.param("cleanup_old_version: before terminate", marks=pytest.mark.long),
        pytest.param("cleanup_old_version: after last look", marks=pytest.mark.long),
        pytest.param("cleanup_old_version: after note last_look", marks=pytest.mark.long),
    ],
)
def test_a_deployment_whose_worker_is_killed_goes_on_to_its_end(
    make_arena: Callable[..., Arena], point: str
) -> None:
    ending = make_arena().kill_at(point, GOOD)

    assert ending.state is State.SUCCEEDED
    assert ending.resumed < GOES_ON_WITHIN


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("verify_traffic: after fail", marks=pytest.mark.long),
        "restore_traffic: before reload",
        pytest.param("remove_new_version: after last look", marks=pytest.mark.long),
        pytest.param("remove_new_version: after note last_look", marks=pytest.mark.long),
    ],
)
def test_a_rollback_whose_worker_is_killed_goes_on_to_its_end(
    make_arena: Callable[..., Arena], point: str
) -> None:
    assert make_arena().kill_at(point, FICKLE).state is State.ROLLED_BACK


@pytest.mark.long
def test_the_loop_that_celery_has_on_windows_recovers_as_well(make_arena: Callable[..., Arena]) -> None:
    arena = make_arena(windows=True)

    assert arena.kill_at("switch_traffic: before reload", GOOD).state is State.SUCCEEDED
    assert arena.kill_at("restore_traffic: after replace file", FICKLE).state is State.ROLLED_BACK


@pytest.mark.parametrize(
    "point",
    [
        "switch_traffic: before replace file",
        pytest.param("deploy_new_version: before note started", marks=pytest.mark.long),
    ],
)
def test_a_worker_that_was_frozen_has_no_effect_when_it_wakes(
    make_arena: Callable[..., Arena], point: str
) -> None:
    """The first one holds a lock of this host, and is ended for it; the second wakes up."""
    assert make_arena().freeze_at(point, GOOD).state is State.SUCCEEDED


@pytest.mark.parametrize(
    ("point", "runs"),
    [
        ("deploy_new_version: before note migrated irreversible", 1),
        pytest.param("deploy_new_version: after note migrated irreversible", 1, marks=pytest.mark.long),
        # Nobody can know how far they came: they are run again, to their end.
        pytest.param("deploy_new_version: after migrate", 2, marks=pytest.mark.long),
    ],
)
def test_migrations_that_have_run_to_their_end_are_not_run_again(
    make_arena: Callable[..., Arena], point: str, runs: int
) -> None:
    arena = make_arena()

    assert arena.kill_at(point, GOOD).state is State.SUCCEEDED

    assert (arena.host.folder / "migrated").read_text().split() == ["v0", *["v1"] * runs]
    assert list(arena.host.state_of().glob("*.migrated")) == []
