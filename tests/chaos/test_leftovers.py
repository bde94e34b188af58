"""What a killed worker was running does not run on beside its successor."""

import pytest

from bluegreen.deployment.states import State
from tests.chaos import slowgit
from tests.chaos.arena import Arena, Trial

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


def test_a_program_of_a_killed_worker_is_ended_by_its_successor(arena: Arena) -> None:
    slow = slowgit.configure(arena, "v1")
    slow.touch()
    trial = Trial(arena)
    arena.host.wait_until(lambda: bool(slowgit.hanging(arena)))
    left = slowgit.hanging(arena)[0]
    arena.host.kill_worker()
    slow.unlink()
    assert left.is_running(), "nothing is proved where the system itself ends it"
    arena.start_worker()

    deployment = trial.ended()

    assert deployment.state is State.SUCCEEDED
    assert not left.is_running()
    trial.check(deployment)
