"""Restart the world: each time the site answers again by itself, with the right colour."""

import os
import subprocess
from pathlib import Path

import pytest
from docker.models.containers import Container

from bluegreen.deployment.states import State
from cli.exits import ExitStatus
from tests.stack.site import Site

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]
ENGINE_IS_OURS = pytest.mark.skipif(
    "BLUEGREEN_LAB_RESTART_ENGINE" not in os.environ,
    reason="it stops every container of this Engine: set BLUEGREEN_LAB_RESTART_ENGINE=1 where it is yours alone",
)


@pytest.mark.parametrize("which", ["inner", "outer"])
def test_a_proxy_is_restarted(site: Site, which: str) -> None:
    before, proxy = site.answers(), getattr(site, which)

    site.container(proxy).restart(timeout=5)

    site.wait_until(lambda: site.answers() == before)


def test_the_outer_nginx_is_made_anew(site: Site) -> None:
    before, was = site.answers(), site.container(site.outer).id

    site.stack.outer("up", "--detach", "--force-recreate")

    assert site.container(site.outer).id != was
    site.wait_until(lambda: site.answers() == before)


def test_the_idle_colour_is_removed(site: Site) -> None:
    site.deploy_well("v-full")
    live, _ = site.live()
    before = site.answers()

    site.color(live.other).remove(force=True)

    assert site.answers() == before
    site.container(site.inner).restart(timeout=5)  # nginx must not need a name that is gone
    site.wait_until(lambda: site.answers() == before)
    site.deploy_well("v-after")
    assert site.live() == (live.other, "v-after")


def test_the_live_colour_comes_back_with_another_address(site: Site) -> None:
    live, version = site.live()
    container = site.color(live)
    was, lives = address(site, container), site.lives()
    container.stop()
    squatters: list[Container] = []
    try:
        while was not in [address(site, each) for each in squatters]:
            squatters.append(squatter(site, len(squatters)))
        container.start()

        assert address(site, container) != was
        site.wait_until(lambda: site.answers() == {(live.value, version)})
        assert site.lives() == lives, "nginx had to be restarted"
    finally:
        container.start()
        for each in squatters:
            each.remove(force=True)


def test_no_colour_runs_for_a_while(site: Site) -> None:
    live, version = site.live()
    site.color(live).stop()
    site.container(site.inner).restart(timeout=5)  # it comes up with a name that nobody has

    site.color(live).start()

    site.wait_until(lambda: site.answers() == {(live.value, version)})


def test_a_live_version_that_has_died_does_not_keep_its_successor_out(site: Site) -> None:
    live, _ = site.live()
    site.color(live).kill()

    site.deploy_well("after-a-death")

    assert site.live() == (live.other, "after-a-death")


def test_what_waits_for_a_promotion_and_both_proxies_are_restarted(site: Site) -> None:
    live, version = site.live()
    held = site.bluegreen("deploy", site.name, "--ref", "held", "--hold", "--until-promotion")
    assert held.returncode == ExitStatus.AWAITS_PROMOTION, held.stdout + held.stderr

    for each in (site.color(live.other), site.container(site.inner), site.container(site.outer)):
        each.restart(timeout=5)

    site.wait_until(lambda: site.answers() == {(live.value, version)})
    promoted = site.bluegreen("promote", site.name, "--wait", "60")
    assert promoted.returncode == 0, promoted.stdout + promoted.stderr
    assert site.live() == (live.other, "held")


@ENGINE_IS_OURS
def test_the_engine_is_restarted(site: Site) -> None:
    before = site.live()

    restart_engine(site)

    site.wait_until(lambda: site.live() == before)
    site.deploy_well("v-after-the-restart")


@ENGINE_IS_OURS
@pytest.mark.timeout(300)
def test_the_engine_is_restarted_in_the_middle_of_an_up(site: Site) -> None:
    """Redis and both proxies go with it; once they are back, the deployment ends by itself."""
    color, version = site.live()
    identity = site.begin("caught")
    site.wait_until(lambda: site.compose_calls("up"))

    restart_engine(site)

    site.wait_until(lambda: site.is_final(identity), 120)
    deployment = site.store.get(identity)
    assert deployment is not None and deployment.state in (State.SUCCEEDED, State.ROLLED_BACK), deployment
    expected = (color.other, "caught") if deployment.state is State.SUCCEEDED else (color, version)
    site.wait_until(lambda: site.live() == expected)
    site.deploy_well("v-after-the-catch")


def test_a_colour_that_would_stay_down_is_named_by_its_deployment_and_by_doctor(site: Site) -> None:
    revert = [
        site.change_code(f"docker-compose.{color}.yml", "    restart: unless-stopped\n", "")
        for color in ("blue", "green")
    ]
    try:
        deployment = site.deploy_well("main")
        explained, seen = site.bluegreen("explain", deployment.id), site.bluegreen("doctor")
    finally:
        for each in revert:
            each()

    assert deployment.to_color
    (warning,) = deployment.warnings
    assert warning.startswith(f"docker-compose.{deployment.to_color}.yml: ")
    assert "has no restart policy, by which the site stays down" in warning
    assert f"Afterwards: {warning}." in explained.stdout.splitlines()
    assert seen.stdout.count("has no restart policy") == 2, "each colour's, the live one's too"
    assert "→ Write `restart: unless-stopped` under" in seen.stdout


def restart_engine(site: Site) -> None:
    """Afterwards it answers again, and has started what is to be restarted."""
    pid = int(Path("/run/docker.pid").read_text(encoding="utf-8"))
    subprocess.run(["kill", "-TERM", str(pid)], check=True)
    site.wait_until(lambda: not Path(f"/proc/{pid}").exists())
    subprocess.run(["tests/lab/engine.sh"], check=True, timeout=120)


def address(site: Site, container: Container) -> str:
    """On the network of the site."""
    container.reload()
    return str(container.attrs["NetworkSettings"]["Networks"][f"{site.name}-network"]["IPAddress"])


def squatter(site: Site, number: int) -> Container:
    """A container that does nothing but hold an address on the network of the site."""
    image = site.container(site.inner).image.id
    name, network = f"{site.name}-squatter-{number}", f"{site.name}-network"
    return site.engine.containers.run(image, ["sleep", "60"], detach=True, name=name, network=network)
