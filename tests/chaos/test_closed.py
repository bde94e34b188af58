"""A maintenance survives kills: that of a deployment ends with it, that of a person by that person's word."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from bluegreen.deployment.states import State
from tests.chaos.arena import Arena
from tests.chaos.closed import CLOSED, CLOSED_AT, Closed
from tests.chaos.some import some

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

SHORT = (
    "deploy_new_version: after write maintenance",
    "deploy_new_version: after reload",
    "switch_traffic: before turn off maintenance",
    "switch_traffic: after replace file (2)",
)


@pytest.mark.parametrize("point", some(CLOSED_AT, *SHORT))
def test_a_deployment_under_maintenance_whose_worker_is_killed_ends_it(
    tmp_path: Path, redis_url: str, redis: object, point: str
) -> None:
    with Closed(tmp_path, redis_url) as arena:
        assert arena.kill_at(point, CLOSED).state is State.SUCCEEDED


POINTS = (
    "requests: before accept request",
    "requests: before write maintenance",
    "requests: after write maintenance",
    "requests: before replace file",
    "requests: after replace file",
    "cleanup_old_version: before reload",  # by a thread of its own, after that phase
    "cleanup_old_version: after reload",
    "requests: after keep text",
    "requests: after accept request",
    "requests: before forget request",
)


@pytest.mark.parametrize("word", ["on", "off"])
@pytest.mark.parametrize(
    "point", some(POINTS, "requests: after write maintenance", "requests: after replace file")
)
def test_what_somebody_has_asked_for_is_done_by_the_next_worker(
    tmp_path: Path, redis_url: str, redis: object, point: str, word: str
) -> None:
    with Closed(tmp_path, redis_url) as arena:
        if word == "off":
            turn(arena, "on")
        arena.order_kill(point if word == "on" else f"{point} (2)")
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(turn, arena, word)
            arena.await_death(point)  # and another worker comes
            asked.result()

        wanted = 503 if word == "on" else 200
        arena.host.wait_until(lambda: status(arena) == wanted)
        turn(arena, "off")
        arena.host.wait_until(lambda: status(arena) == 200)


def turn(arena: Arena, word: str) -> None:
    asked = arena.host.bluegreen("maintenance", word, "hello")
    assert asked.returncode == 0, asked.stderr + arena.host.worker_log()


def status(arena: Arena) -> int:
    return requests.get(arena.host.url, timeout=10).status_code
