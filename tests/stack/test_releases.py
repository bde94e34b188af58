"""Going back to any release whose image is kept, on a real Engine."""

import json
from typing import Any

import pytest

from tests.stack.site import Site

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]


def listed(site: Site) -> dict[str, dict[str, Any]]:
    ended = site.bluegreen("releases", site.name, "--json")
    assert ended.returncode == 0, ended.stderr
    return {each["release"]: each for each in json.loads(ended.stdout)}


def test_an_older_one_comes_back_from_its_own_image(site: Site) -> None:
    oldest, _, newest = (site.deploy_well(ref).release for ref in ("oldest", "older", "newest"))
    assert oldest and newest
    found = listed(site)
    assert list(found)[:3] == ["newest", "older", "oldest"] and found["newest"]["live"]
    assert found["oldest"]["can_go_back"] and found["oldest"]["image_id"] == oldest.image_id

    dockerfile = site.folder / "Dockerfile"
    dockerfile.rename(site.folder / "Dockerfile.away")  # a build would fail
    try:
        with site.load(site.outer) as load:
            ended = site.bluegreen("rollback", site.name, "--to", "oldest", "--json")
    finally:
        (site.folder / "Dockerfile.away").rename(dockerfile)

    assert ended.returncode == 0, ended.stdout + ended.stderr + site.worker_log()
    assert json.loads(ended.stdout)["release"]["image_id"] == oldest.image_id
    color, version = site.live()
    assert version == "oldest" and site.color(color).image.id == oldest.image_id
    assert load.dropped() == []


def test_one_that_was_pruned_is_refused_with_what_is_there(site: Site) -> None:
    site.configure(cleanup="keep_releases = 2")
    for ref in ("pruned", "stopped", "live"):
        site.deploy_well(ref)

    found = listed(site)
    refused = site.bluegreen("rollback", site.name, "--to", "pruned")

    assert "not known on this host" in found["pruned"]["why_not"]
    assert found["stopped"]["can_go_back"] and set(found["stopped"]["colors"].values()) == {"stopped"}
    assert refused.returncode == 1 and "not known on this host" in refused.stdout
    assert "this host can go back to: stopped" in refused.stdout
    assert site.store.history(site.name)[-1].to_color is None
    assert site.live()[1] == "live"
