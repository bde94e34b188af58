"""Workers and beat that belong to a release: deployed, rolled back and failed, with jobs in hand and queued."""

import pytest

from tests.background.shop import Shop, Steady, overlaps

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


def test_jobs_in_hand_and_in_the_queue_are_all_run_and_there_is_one_beat(shop: Shop) -> None:
    shop.up()
    shop.start_worker()
    with shop.watched() as lives:
        shop.ask_for(1000, 20)
        shop.wait_for_beginning(1000)
        for number in range(200):
            shop.ask_for(number, 0.1)
        with Steady(shop, 2000), shop.load(20) as load:
            first = shop.deploy_well("two")
            assert shop.names_of("worker") == [f"{shop.name}-{first.to_color}-background-worker-1"]
            second = shop.deploy_well("three")
            back = shop.bluegreen("rollback", shop.name)
        shop.wait_for_all()

    assert back.returncode == 0, back.stderr
    assert not load.dropped()
    assert {each["version"] for each in shop.ran()} == {"one", "two", "three"}
    assert not overlaps(lives, "beat") and len([each for each in lives if each.service == "beat"]) == 4
    assert shop.names_of("beat") == [f"{shop.name}-{first.to_color}-background-beat-1"]
    assert second.to_color is not first.to_color


def test_the_live_release_once_more_brings_its_own_workers_and_one_beat(shop: Shop) -> None:
    shop.up()
    shop.start_worker()
    first = shop.deploy_well("two")
    with shop.watched() as lives, Steady(shop, 0), shop.load(20) as load:
        renewed = shop.bluegreen("redeploy", shop.name)
    shop.wait_for_all()

    assert renewed.returncode == 0, renewed.stdout + renewed.stderr
    assert not load.dropped() and not overlaps(lives, "beat")
    assert first.to_color is not None
    for service in ("worker", "beat"):
        assert shop.names_of(service) == [f"{shop.name}-{first.to_color.other}-background-{service}-1"]
