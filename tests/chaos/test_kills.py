"""A short run of `make chaos`: the worker is killed at the points that hurt most, and the promises hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.arena import Arena

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

FORWARD = (
    "deploy_new_version: after spawn",
    "switch_traffic: after replace file",
    "cleanup_old_version: before terminate",
)
UNDOING = ("verify_traffic: after fail", "restore_traffic: before reload")


@pytest.fixture(params=[False, True], ids=["linux", "windows-loop"])
def arena(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str, redis: object) -> Iterator[Arena]:
    with Arena(tmp_path, redis_url, windows=request.param) as arena:
        yield arena


def test_a_deployment_whose_worker_is_killed_goes_on_to_its_end(arena: Arena) -> None:
    for point in FORWARD:
        assert arena.kill_at(point, good=True).seconds < 15
    for point in UNDOING:
        assert arena.kill_at(point, good=False).seconds < 15


def test_a_worker_that_was_frozen_wakes_up_to_no_effect(tmp_path: Path, redis_url: str, redis: object) -> None:
    with Arena(tmp_path, redis_url) as arena:
        arena.freeze_at("switch_traffic: before replace file", good=True)
