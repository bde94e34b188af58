"""Where the host and the proxies reach a colour."""

import pytest

from bluegreen import http
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from tests.compose.app import App, eventually

pytestmark = pytest.mark.docker

BLUE = Color.BLUE


def in_network(app: App, **service: object) -> Address | None:
    app.compose_file(BLUE, **service)
    return app.runtime.address_in_network(BLUE)


def test_the_host_reaches_a_colour_through_its_published_port(app: App) -> None:
    assert app.runtime.address_on_host(BLUE) == Address("127.0.0.1", app.ports["blue"])


def test_a_port_that_is_published_on_one_address_of_the_host_is_reached_there(app: App) -> None:
    app.compose_file(BLUE, ports=[f"127.0.0.2:{app.ports['blue']}:8000"])

    app.deploy(BLUE, "one")
    address = app.runtime.address_on_host(BLUE)

    assert address == Address("127.0.0.2", app.ports["blue"])
    eventually(lambda: http.get(f"http://{address}/", 2).status == 200)


@pytest.mark.parametrize(
    ("host_ips", "host"),
    [
        ("192.0.2.10", "192.0.2.10"),
        ("[fd00::1]", "[fd00::1]"),
        ("0.0.0.0", "127.0.0.1"),
        ("192.0.2.10 127.0.0.1", "127.0.0.1"),
    ],
)
def test_an_address_in_a_port_counts_where_loopback_does_not_lead_there(
    app: App, host_ips: str, host: str
) -> None:
    app.compose_file(BLUE, ports=[f"{each}:{app.ports['blue']}:8000" for each in host_ips.split()])

    assert app.runtime.address_on_host(BLUE) == Address(host, app.ports["blue"])


def test_a_port_of_udp_is_not_the_one_to_ask(app: App) -> None:
    assert in_network(app, ports=["0.0.0.0::53/udp"], expose=["8000"]) == Address("app-blue", 8000, dynamic=True)


def test_the_host_reaches_a_colour_that_publishes_no_port_at_its_own_address(app: App) -> None:
    app.compose_file(BLUE, ports=None, expose=["8000"])
    assert app.runtime.address_on_host(BLUE) == Address("127.0.0.1", app.ports["blue"]), "nothing runs yet"

    app.deploy(BLUE, "one")
    address = app.runtime.address_on_host(BLUE)

    eventually(lambda: http.get(f"http://{address}/", 2).status == 200)
    assert address.port == 8000 and http.get(f"http://{address}/", 2).body == "one"


def test_a_remote_engine_s_host_is_the_one_to_ask(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://deploy.example:2375")

    assert app.runtime.address_on_host(BLUE) == Address("deploy.example", app.ports["blue"])


def test_a_proxy_reaches_it_by_name_at_the_port_behind_the_colours_own(app: App) -> None:
    ports = [f"{app.ports['blue']}:8000", "127.0.0.1::9000"]

    assert in_network(app, ports=ports) == Address("app-blue", 8000, dynamic=True)


def test_a_name_that_the_file_fixes_is_the_one_to_use(app: App) -> None:
    assert in_network(app, container_name=f"{app.name}-c") == Address(f"{app.name}-c", 8000, dynamic=True)


def test_the_setting_goes_before_the_file(app: App) -> None:
    address = app.runtime_with(container_port=9999).address_in_network(BLUE)

    assert address == Address("app-blue", 9999, dynamic=True)


def test_on_the_hosts_own_network_it_has_no_name(app: App) -> None:
    assert in_network(app, network_mode="host", ports=None, expose=["8000"]) is None
