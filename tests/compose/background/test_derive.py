"""What the background services of a colour are made of, rule by rule: from one document into another."""

from typing import Any

import pytest

from bluegreen.deployment.errors import PhaseFailed
from compose.background.derive import BackgroundWish, derived_background
from compose.project.color_file import ColorFile
from compose.project.derive import Wish, derived

pytestmark = pytest.mark.unit


def made(worker: dict[str, Any], overlap: bool = True, has_migrations: bool = False, **top: Any) -> ColorFile:
    """The services `worker` and `beat` of the project `site`, for `shop-blue`."""
    services = {
        "web": {"expose": ["8000"]},
        "worker": worker,
        "beat": {"image": "app"},
        "db": {"image": "postgres"},
    }
    wish = BackgroundWish(
        name="shop-blue-background",
        application="web",
        overlap={"worker": overlap, "beat": False},
        has_migrations=has_migrations,
    )
    return derived_background(ColorFile("docker-compose.yml", {"name": "site", "services": services, **top}), wish)


def refused(*arguments: Any, **more: Any) -> str:
    with pytest.raises(PhaseFailed) as error:
        made(*arguments, **more)
    return f"{error.value.what}\n{error.value.saw}\n{error.value.advice}"


def test_they_keep_their_names_and_all_that_is_not_of_one_container_alone() -> None:
    kept = {"image": "app", "command": ["celery"], "deploy": {"replicas": 3}, "stop_grace_period": "1m0s"}

    file = made({**kept, "container_name": "w", "hostname": "w", "profiles": ["live"], "depends_on": {"db": {}}})

    assert file.content["name"] == "shop-blue-background" and file.services == {
        "worker": kept,
        "beat": {"image": "app"},
    }
    assert file.origin and file.origin.project == "site"
    for key in ("container_name", "hostname", "profiles", "depends_on"):
        assert any(line.startswith(f"worker: {key}: left out") for line in file.origin.changes)


@pytest.mark.parametrize("overlap", [True, False])
def test_a_published_port_is_kept_where_there_is_never_a_second_one(overlap: bool) -> None:
    ports = [{"target": 9540, "published": "9540"}]

    file = made({"ports": ports}, overlap)

    assert file.services["worker"].get("ports") == (None if overlap else ports)
    assert file.origin
    assert ("worker: ports: left out: both versions run at once for a while" in file.origin.changes) is overlap


def test_networks_and_volumes_are_the_project_s() -> None:
    mount = {"type": "volume", "source": "media", "target": "/media"}
    worker = {"networks": {"default": {"aliases": ["w"], "ipv4_address": "10.0.0.7"}}, "volumes": [mount]}
    top = {
        "networks": {"default": {"name": "site_default"}},
        "volumes": {"media": {"name": "site_media"}, "x": {}},
    }

    file = made(worker, **top)

    assert file.services["worker"]["networks"] == {"default": None}
    assert file.content["networks"] == {"default": {"name": "site_default", "external": True}}
    assert file.content["volumes"] == {"media": {"name": "site_media", "external": True}}
    assert file.origin and file.origin.volumes == {"media": {"name": "site_media"}}


def test_the_network_of_the_host_is_theirs_too_and_another_container_s_is_not() -> None:
    assert made({"network_mode": "host"}).services["worker"]["network_mode"] == "host"
    assert "worker has network_mode: service:db" in refused({"network_mode": "service:db"})
    assert "worker has links: db:database" in refused({"links": ["db:database"]})


def test_what_they_need_must_run_but_for_what_belongs_to_the_release() -> None:
    file = made({"depends_on": {name: {"condition": "service_started"} for name in ("db", "web", "beat")}})
    web = {"expose": ["8000"], "depends_on": {"db": {}, "worker": {}}}
    project = ColorFile("docker-compose.yml", {"name": "site", "services": {"web": web}})
    color = derived(project, Wish("shop-blue", "web", None, background=frozenset({"worker"})))

    assert file.origin and file.origin.dependencies == {"db": "service_started"}
    assert color.origin and color.origin.dependencies == {"db": "service_started"}


def test_what_ends_before_it_begins_is_a_migration_or_refused() -> None:
    worker = {"depends_on": {"setup": {"condition": "service_completed_successfully"}}}

    assert "worker begins once setup has ended" in refused(worker)
    assert made(worker, has_migrations=True).services["worker"] == {}


def test_a_service_that_is_not_in_the_files_is_named() -> None:
    wish = BackgroundWish("shop-blue-background", "web", {"wrker": True})

    with pytest.raises(PhaseFailed, match="has no service wrker"):
        derived_background(ColorFile("docker-compose.yml", {"name": "site", "services": {"web": {}}}), wish)
