"""The worker is SIGKILLed at named points; the promises hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.arena import Arena

pytestmark = pytest.mark.real


@pytest.fixture
def arena(tmp_path: Path, redis_url: str, redis: object) -> Iterator[Arena]:
    with Arena(tmp_path, redis_url) as arena:
        yield arena


def test_try(arena: Arena) -> None:
    forward = arena.points_of("v0b")
    print("\n".join(forward))
    undo = arena.points_of("v0-fickle")
    print("UNDO", "\n".join(undo))
    for point in ("after begin deploy_new_version", "before reload", "after commit switch_traffic"):
        print(arena.kill_at(point, good=True))
    for point in ("before commit collect_logs", "after replace file"):
        print(arena.kill_at(point, good=False))
