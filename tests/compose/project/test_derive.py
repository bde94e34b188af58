"""What a colour is made of, rule by rule: from one document into another, with nothing run."""

from typing import Any

import pytest

from bluegreen.deployment.errors import PhaseFailed
from compose.project.color_file import ColorFile
from compose.project.derive import Wish, derived

pytestmark = pytest.mark.unit


def made(
    service: dict[str, Any], host_port: int | None = None, has_migrations: bool = False, **top: Any
) -> ColorFile:
    """The colour `shop-blue` of the service `web` in the project `site`."""
    services = {"web": {"expose": ["8000"], **service}, "db": {"image": "postgres"}}
    wish = Wish(
        name="shop-blue",
        service="web",
        container_port=top.pop("container_port", None),
        host_port=host_port,
        addresses=top.pop("addresses", ("127.0.0.1",)),
        has_migrations=has_migrations,
    )
    return derived(ColorFile("docker-compose.yml", {"name": "site", "services": services, **top}), wish)


def own(*arguments: Any, **more: Any) -> Any:
    return made(*arguments, **more).services["shop-blue"]


def changes(*arguments: Any, **more: Any) -> str:
    origin = made(*arguments, **more).origin
    assert origin
    return "\n".join(origin.changes)


def refused(*arguments: Any, **more: Any) -> str:
    with pytest.raises(PhaseFailed) as error:
        made(*arguments, **more)
    return f"{error.value.what}\n{error.value.saw}\n{error.value.advice}"


def test_the_application_alone_has_a_name_that_the_project_s_own_has_not() -> None:
    file = made({"image": "app", "environment": {"A": "1"}, "healthcheck": {"test": ["CMD", "true"]}})

    assert list(file.services) == ["shop-blue"] and file.content["name"] == "shop-blue"
    assert file.services["shop-blue"]["environment"] == {"A": "1"}
    assert file.services["shop-blue"]["healthcheck"] == {"test": ["CMD", "true"]}
    assert file.origin and (file.origin.project, file.origin.service) == (
        "site",
        "web",
    )
    assert file.service("shop-blue").title == "web"


@pytest.mark.parametrize("key", ["container_name", "hostname", "profiles"])
def test_what_only_one_container_can_have_is_left_out_and_said(key: str) -> None:
    service = {key: ["live"] if key == "profiles" else "web"}

    assert own(service).get(key) in (None, "shop-blue")
    assert f"{key}: left out" in changes(service) and f"{key}: left out" not in changes({})


def test_ports_are_left_out_and_the_port_in_the_container_stays_known() -> None:
    ports = [{"target": 8080, "published": "80", "protocol": "tcp"}, {"target": 53, "protocol": "udp"}]

    file = made({"ports": ports, "expose": ["8080", "9000"]})

    assert "ports" not in file.services["shop-blue"]
    assert file.service("shop-blue").container_port(None) == 8080
    assert "ports: left out" in changes({"ports": ports})


def test_a_port_of_this_host_is_published_where_one_is_needed() -> None:
    there = own({}, host_port=20001, addresses=("127.0.0.1", "192.0.2.10"))["ports"]
    anywhere = own({}, host_port=20001, addresses=("",))["ports"]

    assert [(each["host_ip"], each["published"], each["target"]) for each in there] == [
        ("127.0.0.1", "20001", 8000),
        ("192.0.2.10", "20001", 8000),
    ]
    assert [each.get("host_ip") for each in anywhere] == [None]
    assert "ports: 20001 of this host, on 127.0.0.1" in changes({}, host_port=20001)


@pytest.mark.parametrize(
    ("service", "seen"),
    [
        ({"expose": []}, "it has neither `expose` nor `ports`"),
        ({"ports": [{"target": 8000}, {"target": 9000}]}, "it has the ports 8000, 9000"),
    ],
)
def test_a_port_that_is_not_known_is_asked_for(service: dict[str, Any], seen: str) -> None:
    said = refused(service)

    assert "at which port web answers" in said and seen in said and "compose.container_port" in said
    assert own(service, container_port=9000)["expose"] == ["9000"]


def test_networks_are_the_project_s_and_what_one_container_has_there_is_left_out() -> None:
    service = {
        "networks": {"default": {"aliases": ["www"], "ipv4_address": "10.0.0.9", "priority": 5}, "edge": None}
    }
    networks = {"default": {"name": "site_default", "ipam": {}}, "edge": {"name": "edge", "external": True}}

    file = made(service, networks=networks | {"other": {"name": "site_other"}})

    assert file.content["networks"] == {
        "default": {"name": "site_default", "external": True},
        "edge": {"name": "edge", "external": True},
    }
    assert file.services["shop-blue"]["networks"] == {"default": {"priority": 5}, "edge": None}
    assert "networks.default.aliases: left out" in changes(service, networks=networks)
    assert "networks.default.ipv4_address: left out" in changes(service, networks=networks)


def test_named_volumes_are_the_project_s_and_others_stay_as_they_are() -> None:
    mounts = [
        {"type": "volume", "source": "data", "target": "/data"},
        {"type": "volume", "target": "/anonymous"},
        {"type": "bind", "source": "/srv/static", "target": "/static"},
    ]
    volumes = {"data": {"name": "site_data"}, "pg": {"name": "site_pg"}}

    file = made({"volumes": mounts}, volumes=volumes)

    assert file.content["volumes"] == {"data": {"name": "site_data", "external": True}}
    assert file.services["shop-blue"]["volumes"] == mounts
    said = changes(
        {"volumes": [*mounts, {**mounts[-1], "source": "/srv/fixed", "read_only": True}]}, volumes=volumes
    )
    assert "volumes: site_data, which the project has: both colours" in said
    assert "mounts: /srv/static of this host: both colours write there at once" in said


def test_configs_and_secrets_that_the_service_or_its_build_has_come_along() -> None:
    secrets = {"token": {"environment": "TOKEN"}, "key": {"file": "/srv/key"}, "other": {"file": "/srv/other"}}
    service = {"secrets": [{"source": "key"}], "build": {"context": "/srv", "secrets": [{"source": "token"}]}}

    file = made(service | {"configs": [{"source": "site"}]}, secrets=secrets, configs={"site": {"content": "x"}})

    assert file.content["secrets"] == {"key": {"file": "/srv/key"}, "token": {"environment": "TOKEN"}}
    assert file.content["configs"] == {"site": {"content": "x"}}


def test_what_it_depends_on_is_not_in_the_colour_and_must_run() -> None:
    service = {
        "depends_on": {
            "db": {"condition": "service_healthy", "required": True},
            "cache": {"condition": "service_started", "required": False},
        },
        "links": ["queue", "db:db"],
    }

    file = made(service)

    assert not {"depends_on", "links"} & file.services["shop-blue"].keys()
    assert file.origin and dict(file.origin.dependencies) == {"queue": "service_started", "db": "service_healthy"}


def test_what_ends_before_it_begins_is_a_migration_or_refused() -> None:
    service = {"depends_on": {"migrate": {"condition": "service_completed_successfully", "required": True}}}

    said = refused(service)

    assert "web begins once migrate has ended" in said and "migrate.command" in said
    file = made(service, has_migrations=True)
    assert file.origin and not file.origin.dependencies


@pytest.mark.parametrize(
    ("service", "key"),
    [
        ({"network_mode": "service:vpn"}, "network_mode: service:vpn"),
        ({"network_mode": "host"}, "network_mode: host"),
        ({"pid": "service:db"}, "pid: service:db"),
        ({"ipc": "service:db"}, "ipc: service:db"),
        ({"volumes_from": ["db:ro"]}, "volumes_from: db:ro"),
        ({"links": ["db:database"]}, "links: db:database"),
        ({"build": {"additional_contexts": {"base": "service:base"}}}, "base: service:base"),
    ],
)
def test_what_leads_to_another_service_is_refused_by_its_name(service: dict[str, Any], key: str) -> None:
    said = refused(service)

    assert f"web has {key}," in said or f"{key}, which" in said
    assert "compose.color_file" in said


def test_what_leads_to_no_other_service_is_kept() -> None:
    service = {"pid": "host", "ipc": "shareable", "volumes_from": ["container:data"], "external_links": ["x:y"]}

    assert service.items() <= own(service).items()


def test_a_project_that_has_the_name_of_a_colour_is_refused() -> None:
    assert "its Compose project is called shop-blue" in refused({}, name="shop-blue")


def test_a_service_that_is_not_there_is_answered_with_those_that_are() -> None:
    file = ColorFile("docker-compose.yml", {"name": "site", "services": {"app": {}, "db": {}}})

    with pytest.raises(PhaseFailed, match="docker-compose.yml has no service web") as error:
        derived(file, Wish(name="shop-blue", service="web", container_port=None))
    assert error.value.saw == "It has: app, db"
