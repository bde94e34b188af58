"""What is read from a compose file."""

import json
from typing import Any

import pytest

from bluegreen.deployment.errors import PhaseFailed
from compose.project.color_file import ColorFile, ColorService, parse

pytestmark = pytest.mark.unit

WARNING = 'time="2026-01-01T00:00:00Z" level=warning msg="the attribute {version} is obsolete"\n'


def service(**definition: Any) -> ColorService:
    return ColorService("app-blue", definition)


def port(target: int, published: str | None = None, protocol: str = "tcp") -> dict[str, Any]:
    return {"mode": "ingress", "target": target, "published": published, "protocol": protocol}


def test_warnings_around_the_file_do_not_matter() -> None:
    shown = json.dumps({"services": {"app-blue": {"image": "i"}}}, indent=2)

    file = parse("blue.yml", f"{WARNING}{shown}\n{WARNING}")

    assert file.service("app-blue").image == "i"


@pytest.mark.parametrize("shown", ["", "unknown flag: --format", "{broken"])
def test_what_is_no_json_is_shown(shown: str) -> None:
    with pytest.raises(PhaseFailed, match=r"does not show blue\.yml as JSON") as caught:
        parse("blue.yml", shown)
    assert caught.value.saw == shown


def test_an_empty_file_has_no_services() -> None:
    with pytest.raises(PhaseFailed, match="It has: none"):
        parse("blue.yml", '{"services": null}').service("app-blue")


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"ports": [port(8000, "18000"), port(9000, "19000")]}, 8000),
        ({"ports": [port(8000, "18000", "udp"), port(9000, "18000")]}, 9000),
        ({"ports": [port(8000)]}, 8000),
        ({"ports": [port(8000), port(9000)]}, None),
        ({"expose": ["8000"]}, 8000),
        ({"expose": ["8000/tcp", "9000/udp"]}, 8000),
        ({"expose": ["8000", "9000"]}, None),
        ({"ports": [port(8000)], "expose": ["9000"]}, 8000),
        ({}, None),
    ],
)
def test_the_container_port_is_the_one_behind_the_host_port_or_else_the_only_one(
    definition: dict[str, Any], expected: int | None
) -> None:
    assert service(**definition).container_port(18000) == expected


def test_a_service_is_called_by_its_fixed_name_else_by_its_own() -> None:
    assert service().host_name == "app-blue"
    assert service(container_name="fixed").host_name == "fixed"
    assert service(network_mode="host").host_name is None


def test_networks_go_by_the_engines_names() -> None:
    networks = {"shared": {"name": "app_shared", "external": True}, "default": {"name": "test-blue_default"}}
    own = {"networks": {"shared": None, "default": None}}
    file = ColorFile("blue.yml", {"services": {"app-blue": own}, "networks": networks})

    assert file.external_networks == ["app_shared"]
    assert file.networks_of(file.service("app-blue")) == {"app_shared", "test-blue_default"}
    assert file.networks_of(service(network_mode="host")) == set()


def test_a_file_builds_when_any_of_its_services_does() -> None:
    assert ColorFile("f", {"services": {"a": {"image": "i"}, "b": {"build": {"context": "."}}}}).builds
    assert not ColorFile("f", {"services": {"a": {"image": "i"}}}).builds


@pytest.mark.parametrize(
    ("definition", "policy"),
    [
        ({}, "no"),
        ({"restart": "no"}, "no"),
        ({"restart": "on-failure:3"}, "on-failure"),
        ({"restart": "unless-stopped", "deploy": {"restart_policy": {"condition": "none"}}}, "unless-stopped"),
        ({"deploy": {"restart_policy": {"condition": "any"}}}, "always"),
        ({"deploy": {"restart_policy": {"condition": "none"}}}, "no"),
        ({"deploy": {"restart_policy": {"max_attempts": 3}}}, "no"),
        ({"deploy": {}}, "no"),
    ],
)
def test_the_restart_policy_is_the_one_that_compose_gives_the_container(
    definition: dict[str, Any], policy: str
) -> None:
    assert service(**definition).restart == policy


@pytest.mark.parametrize(
    ("check", "is_watched"),
    [
        ({"test": ["CMD", "check"]}, True),
        ({"test": ["CMD-SHELL", "check"], "interval": "1s"}, True),
        ({"test": ["NONE"]}, False),
        ({"disable": True}, False),
        ({"interval": "1s"}, None),
        (None, None),
    ],
)
def test_a_healthcheck_is_its_own_or_the_image_decides(
    check: dict[str, Any] | None, is_watched: bool | None
) -> None:
    assert service(healthcheck=check).is_watched is is_watched
