"""The token of what a reload retires."""

import pytest

from nginx.retired import token_of, workers_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("workers", [set(), {7}, {101, 12}])
def test_what_was_retired_is_found_again(workers: set[int]) -> None:
    assert workers_of(token_of(workers)) == workers
    assert bool(token_of(workers)) is bool(workers)


@pytest.mark.parametrize("forged", ["x", "-1", "1.5", "²", "$(reboot)"])
def test_what_is_no_process_id_is_none(forged: str) -> None:
    assert workers_of(f"{forged} 12") == {12}
