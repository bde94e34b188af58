"""Proxy files as text."""

from dataclasses import replace

import pytest

from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from nginx.config.capabilities import Capabilities, parse_version
from nginx.file.marker import parse, restamp
from nginx.file.render import render

pytestmark = pytest.mark.unit

CONTENT = Marker(service="web", color=Color.GREEN, release="v2", generation=7, epoch=3)
NEW = Capabilities((1, 28, 0), sets_keepalive=False)
OLD = Capabilities((1, 22, 1), sets_keepalive=False)
PROXY = ProxySettings(container="proxy", file="upstream.inc")


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize("template", ["upstream", "variable"])
@pytest.mark.parametrize("address", [None, Address("web-green", 8000, dynamic=True), Address("127.0.0.1", 8001)])
def test_what_is_written_is_read_back(template: str, address: Address | None) -> None:
    proxy = ProxySettings(container="proxy", copy_to="/etc/nginx/x.inc", template=template)

    assert parse(render(proxy, CONTENT, address, NEW)) == CONTENT


@pytest.mark.parametrize("capabilities", [NEW, OLD])
@pytest.mark.parametrize(
    ("address", "server"),
    [
        (Address("web-green", 8000, dynamic=True), "server web-green:8000 max_fails=0;"),
        (Address("192.0.2.10", 8001), "server 192.0.2.10:8001;"),
    ],
)
def test_nothing_stands_between_nginx_and_the_application(
    capabilities: Capabilities, address: Address, server: str
) -> None:
    text = lines(render(PROXY, CONTENT, address, capabilities))

    assert [line for line in text if line.startswith("server ") and "{" not in line] == [server]
    assert not any("proxy_pass" in line for line in text)


def test_a_proxy_without_a_colour_can_start() -> None:
    assert "server 127.0.0.1:1 down;" in lines(render(PROXY, CONTENT.with_(color=None), None, NEW))


def test_only_this_host_may_ask_an_nginx_on_its_network() -> None:
    on_host = Capabilities((1, 28, 0), sets_keepalive=False, is_on_host=True)

    assert "listen 127.0.0.1:8999;" in lines(render(PROXY, CONTENT, None, on_host))
    assert "listen 8999;" in lines(render(PROXY, CONTENT, None, NEW))


def test_an_address_of_ipv6_is_written_as_nginx_reads_it() -> None:
    proxy = ProxySettings(
        container="edge", file="x", upstream_address="fd00::10", template="variable", resolver="fd00::53"
    )

    assert "set $service_url http://[fd00::10]:8001;" in render(
        proxy, CONTENT, Address(proxy.upstream_address or "", 8001), NEW
    )
    assert proxy.resolver == "[fd00::53]"


@pytest.mark.parametrize("name", ["my-app", "app.example.org", "2nd"])
def test_an_upstream_may_have_any_name_that_nginx_takes(name: str) -> None:
    proxy = ProxySettings(container="proxy", file="x", name=name)

    assert f"upstream {name} {{" in render(proxy, CONTENT, None, NEW)
    with pytest.raises(ValueError, match="a variable's name"):
        ProxySettings(container="proxy", file="x", name=name, template="variable")


@pytest.mark.parametrize(
    ("capabilities", "sets_it"),
    [(NEW, True), (OLD, False), (Capabilities((1, 28, 0), sets_keepalive=True), False)],
)
def test_keepalive_is_set_where_it_is_known_and_nobody_else_sets_it(
    capabilities: Capabilities, sets_it: bool
) -> None:
    assert ("keepalive_min_timeout 10s;" in lines(render(PROXY, CONTENT, None, capabilities))) is sets_it


def test_the_variable_template_is_the_one_line_that_an_edge_proxy_includes() -> None:
    proxy = ProxySettings(
        container="edge", copy_to="/etc/nginx/x.inc", template="variable", upstream_address="192.0.2.10"
    )

    text = render(proxy, CONTENT, Address("192.0.2.10", 8001), OLD)

    assert [line for line in lines(text) if not line.startswith("#")] == [
        "set $service_url http://192.0.2.10:8001;"
    ]


@pytest.mark.parametrize("sets_timeout", [True, False])
@pytest.mark.parametrize("somebody_else", [True, False])
def test_a_variable_with_a_name_in_it_has_a_resolver_from_somewhere(
    somebody_else: bool, sets_timeout: bool
) -> None:
    proxy = ProxySettings(container="edge", copy_to="/etc/nginx/x.inc", template="variable")
    capabilities = Capabilities((1, 28, 0), sets_keepalive=True, sets_resolver=somebody_else)
    capabilities = replace(capabilities, sets_resolver_timeout=sets_timeout)

    text = render(proxy, CONTENT, Address("web-green", 8000, dynamic=True), capabilities)

    assert ("resolver 127.0.0.11 valid=1s;" in lines(text)) is not somebody_else
    assert ("resolver_timeout 2s;" in lines(text)) is not sets_timeout


def test_a_file_of_ours_is_put_back_with_a_higher_order() -> None:
    before = render(PROXY, CONTENT, Address("web-green", 8000), NEW)

    assert restamp(before, CONTENT.with_(generation=8)) == render(
        PROXY, CONTENT.with_(generation=8), Address("web-green", 8000), NEW
    )


def test_somebody_elses_file_keeps_its_text_below_our_line() -> None:
    theirs = "upstream app { server 10.0.0.1:80; }\n"

    twice = restamp(restamp(theirs, CONTENT.with_(epoch=1)), CONTENT)

    assert twice.endswith(theirs) and twice.count("# bluegreen:") == 1
    assert parse(twice) == CONTENT


@pytest.mark.parametrize("text", [None, "", "upstream app { }", "# bluegreen: {broken", "# bluegreen: {}"])
def test_what_is_not_ours_says_nothing(text: str | None) -> None:
    assert parse(text) is None


def test_versions_compare() -> None:
    assert parse_version("nginx version: nginx/1.27.4 (Ubuntu)") == (1, 27, 4)
    assert parse_version("?") == (0, 0, 0)
