"""Deployments of a project that has one compose file, under a load, on the real Engine."""

import pytest

from tests.one_file.site import OneFile

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]


def test_two_deployments_and_a_rollback_drop_no_request(site: OneFile) -> None:
    site.up()
    site.start_worker()

    with site.load() as load:
        first = site.deploy_well("two")
        site.compose("stop", "web")
        site.deploy_well("three")
        rolled_back = site.bluegreen("rollback", site.name)
        load.wait_for_version("three")

    assert rolled_back.returncode == 0, rolled_back.stderr
    assert not load.dropped(), load.dropped()
    assert load.versions() == ["one", "two", "three"]
    assert (site.answer()["version"], site.answer()["color"]) == ("two", first.to_color)
