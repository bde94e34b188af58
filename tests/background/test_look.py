"""What the commands show of background services, on the real Engine."""

import json

import pytest

from tests.background.shop import Shop
from tests.compose.app import eventually

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


def doctor(shop: Shop) -> dict[str, str]:
    """What the check of background services has found."""
    findings = json.loads(shop.bluegreen("doctor", "--json").stdout)["findings"]
    (found,) = [each for each in findings if (each["about"], each["check"]) == (shop.name, "background")]
    return dict(found)


def test_each_container_is_shown_and_one_that_runs_beside_those_of_the_release_is_named(shop: Shop) -> None:
    shop.up()
    assert "the next deployment takes over" in doctor(shop)["what"]
    shop.start_worker()
    color = shop.deploy_well("two").to_color

    rows = json.loads(shop.bluegreen("ps", shop.name, "--json").stdout)
    shown = {each["background"]: each for each in rows if each["background"]}
    assert set(shown) == {"worker", "beat"}
    worker = shown["worker"]
    assert (worker["color"], worker["live"], worker["release"], worker["health"]) == (
        color,
        True,
        "two",
        "healthy",
    )
    assert f"{shop.name} worker" in shop.bluegreen("ps", shop.name).stdout
    eventually(lambda: "shop.jobs.tick" in shop.bluegreen("logs", shop.name, "--background", "worker").stdout)
    unknown = shop.bluegreen("logs", shop.name, "--background", "wrker")
    assert unknown.returncode == 2 and "has no background service wrker" in unknown.stderr
    assert "It has: worker, beat" in unknown.stderr
    plan = shop.bluegreen("plan", shop.name).stdout
    assert f"services.{shop.name}.background.beat.overlap = false  (bluegreen.toml)" in plan
    assert f"  worker: in the Compose project {shop.name}-blue-background" in plan
    assert doctor(shop) | {"verdict": "ok", "what": f"worker, beat of {color} run"} == doctor(shop)

    # somebody starts the whole project again
    shop.compose("up", "--detach", "beat")
    found = doctor(shop)
    assert f"{shop.name}-beat-1 runs beside those of {color}" in found["what"]
    assert f"docker stop {shop.name}-beat-1" in found["fix"]
    other = shop.deploy_well("three").to_color
    assert shop.names_of("beat") == [f"{shop.name}-{other}-background-beat-1"]

    shop.of("worker")[0].stop(timeout=0)
    found = doctor(shop)
    assert f"worker of {other} does not run" in found["what"] and found["verdict"] == "wrong"
