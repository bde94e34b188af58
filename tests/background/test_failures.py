"""What a release that fails, or is given up, leaves of background services: those from before, which work on."""

import pytest

from bluegreen.deployment.states import Phase, PhaseState, State
from tests.background.shop import Shop, Steady, overlaps
from tests.compose.app import eventually

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


def works(shop: Shop, beat: str, worker: str) -> None:
    """These alone run, and a tick that this beat asks for from now on is run."""
    assert shop.names_of("beat") == [beat] and shop.names_of("worker") == [worker]
    before = len(shop.ticks())
    eventually(lambda: len(shop.ticks()) > before + 1, 60)


def test_a_worker_that_exits_turns_the_deployment_back_with_its_log(shop: Shop) -> None:
    """Of the first deployment, where what people have started works on; and of a later one."""
    shop.up()
    shop.start_worker()
    with shop.watched() as lives, Steady(shop, 0), shop.load(20) as load:
        status, deployment = shop.deploy("two-crash")
        assert (status, deployment.state) == (1, State.ROLLED_BACK), deployment
        error = deployment.error
        assert error and error.phase is Phase.VERIFY_TRAFFIC and "worker" in error.what
        assert "this version's worker does not start" in error.saw
        works(shop, f"{shop.name}-beat-1", f"{shop.name}-worker-1")

        good = shop.deploy_well("three")
        status, deployment = shop.deploy("four-crash")
        assert (status, deployment.state) == (1, State.ROLLED_BACK), deployment
        live = f"{shop.name}-{good.to_color}-background"
        works(shop, f"{live}-beat-1", f"{live}-worker-1")
    shop.wait_for_all()

    assert not load.dropped() and not overlaps(lives, "beat")
    assert {each["version"] for each in shop.ran()} == {"one", "three"}
    assert not [
        each
        for each in shop.engine.containers.list(all=True)
        if each.name.startswith(f"{shop.name}-{deployment.to_color}-back")
    ]


def test_an_abort_while_the_new_ones_are_watched_brings_the_old_ones_back(shop: Shop) -> None:
    shop.tables = shop.tables.replace("bake_seconds = 0.5", "bake_seconds = 60")
    shop.configure(shop.redis_url)
    shop.up()
    shop.start_worker()
    store = shop.deployments
    with shop.watched() as lives:
        begun = shop.bluegreen("deploy", shop.name, "--ref", "two", "--detach")
        identity = begun.stdout.strip()
        eventually(lambda: any("background" in name for name in shop.names_of("beat")), 120)
        assert store.request_abort(identity, "a test")
        eventually(lambda: shop.is_final(identity), 120)
    deployment = store.get(identity)
    assert deployment and deployment.state is State.ABORTED, deployment
    entry = deployment.phase_record(Phase.REMOVE_NEW_VERSION)
    assert entry and entry.state is PhaseState.DONE

    works(shop, f"{shop.name}-beat-1", f"{shop.name}-worker-1")
    assert not overlaps(lives, "beat")
