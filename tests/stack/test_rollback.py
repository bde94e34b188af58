"""`bluegreen rollback`: the release before, from its own image, whatever the workspace holds by now."""

import json

import pytest

from tests.stack.site import Site

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]


def image_of(site: Site, color: str) -> str:
    return str(site.container(f"{site.name}-dev-{color}").image.id)


def test_the_release_before_comes_back_without_a_build(site: Site) -> None:
    first = site.deploy_well("main")
    image = image_of(site, site.live()[0])
    revert = site.change_code("config/settings.py", "import os", "import os\n\nCHANGED = True")
    try:
        second = site.deploy_well("main")
        assert second.release.name != first.release.name, "both builds of the branch have one name"
        dockerfile = site.folder / "Dockerfile"
        dockerfile.rename(site.folder / "Dockerfile.away")  # a build would fail
        try:
            with site.load(site.outer) as load:
                ended = site.bluegreen("rollback", site.name, "--json")
        finally:
            (site.folder / "Dockerfile.away").rename(dockerfile)
    finally:
        revert()

    deployment = json.loads(ended.stdout)
    assert (ended.returncode, deployment["state"]) == (0, "succeeded"), ended.stderr
    assert deployment["release"]["name"] == first.release.name
    assert image_of(site, site.live()[0]) == image
    assert load.dropped() == []


@pytest.mark.long
def test_old_images_go_and_those_for_a_rollback_stay(site: Site) -> None:
    site.configure(cleanup="keep_releases = 2")
    for ref in ("one", "two", "three"):
        site.deploy_well(ref)

    tags = {tag for image in site.engine.images.list(name=site.name) for tag in image.tags}

    assert tags == {f"{site.name}:two", f"{site.name}:three"}


def test_one_whose_image_is_gone_is_refused_before_anything_is_changed(site: Site) -> None:
    gone = site.deploy_well("gone").release
    live = site.deploy_well("kept")
    assert gone and gone.image_id
    assert site.live()[0] is live.to_color and live.from_color
    site.color(live.from_color).remove(force=True)
    site.engine.images.remove(gone.image_id, force=True)

    ended = site.bluegreen("rollback", site.name)
    deployment = site.store.history(site.name)[-1]

    assert ended.returncode == 1
    assert f"the image {gone.image} of release gone is gone" in ended.stdout
    assert f"bluegreen deploy {site.name} --ref gone" in ended.stdout
    assert deployment.to_color is None and not deployment.started
    assert site.live()[0] is live.to_color
    assert f"image {live.release.image}, {live.release.image_id}" in site.bluegreen("show", live.id).stdout
