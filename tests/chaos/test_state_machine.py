"""A few random histories of a deploy host; `make chaos` tells more of them."""

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.machine import HostMachine

pytestmark = [pytest.mark.real, pytest.mark.timeout(3600)]

EXAMPLES = int(os.environ.get("CHAOS_EXAMPLES", "2"))
STEPS = int(os.environ.get("CHAOS_STEPS", "7"))
SEED = int(os.environ.get("CHAOS_SEED", "4"))


@pytest.mark.usefixtures("redis")
def test_any_order_of_events_keeps_the_promises(redis_url: str) -> None:
    """Not shrunk: no two runs of real processes are the same, and each example takes its time."""

    @seed(SEED)
    class Machine(HostMachine):
        pass

    Machine.redis_url = redis_url
    print(f"CHAOS_SEED={SEED}")
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
