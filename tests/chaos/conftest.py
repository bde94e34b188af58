from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.chaos.arena import Arena


@pytest.fixture
def make_arena(tmp_path: Path, redis_url: str, redis: object) -> Iterator[Callable[..., Arena]]:
    with ExitStack() as arenas:
        yield lambda windows=False: arenas.enter_context(Arena(tmp_path, redis_url, windows))


@pytest.fixture
def arena(make_arena: Callable[..., Arena]) -> Arena:
    """A host with v0 live on blue, a worker that dies or freezes at points, and a load on the proxy."""
    return make_arena()
