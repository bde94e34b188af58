"""What people type in the project's folder by habit, once a colour serves (docs/own-project.md has the table)."""

import subprocess

import pytest

from tests.one_file.site import OneFile

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]


@pytest.fixture
def live(site: OneFile) -> OneFile:
    """A colour serves, and the original has the profile by which nobody starts it."""
    site.up()
    site.start_worker()
    site.deploy_well("two")
    site.compose("rm", "--stop", "--force", "web")
    site.services["web"]["profiles"] = ["adopted-by-bluegreen"]
    site.services["proxy"]["depends_on"] = {"web": {"condition": "service_started", "required": False}}
    site.write("two")
    site.compose("up", "--detach")  # another depends_on: nginx's container is replaced once
    site.wait_until_it_answers()
    return site


def started(site: OneFile, color: str) -> str:
    return str(site.color(color).attrs["State"]["StartedAt"])


def test_they_do_no_harm_and_after_down_an_up_brings_the_site_back(live: OneFile) -> None:
    color = live.answer()["color"]
    before = started(live, color)

    with live.load() as load:
        live.compose("up", "--detach")
        live.compose("build")
        # the images of this lab are in no registry: what cannot be pulled is said, and nothing else happens
        subprocess.run(["docker", "compose", "pull"], cwd=live.folder, capture_output=True, timeout=120)
        live.compose("up", "--detach", "--build")
    assert not load.dropped(), load.dropped()
    assert load.versions() == ["two"]
    assert "web" not in live.compose("ps", "--services").split()

    live.compose("restart")
    live.wait_until_it_answers()
    assert (live.answer()["version"], live.answer()["color"]) == ("two", color)

    subprocess.run(["docker", "compose", "down"], cwd=live.folder, capture_output=True, timeout=120)
    assert started(live, color) == before, "a colour was restarted"
    live.up()
    assert (live.answer()["version"], live.answer()["color"]) == ("two", color)
    assert live.bluegreen("doctor").returncode == 0

    live.deploy_well("three")
    assert live.answer()["version"] == "three"
