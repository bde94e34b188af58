"""Which container an address of an nginx's file leads to."""

from collections.abc import Callable

import docker
import pytest
from docker.models.containers import Container as EngineContainer
from docker.models.networks import Network

from compose.reached import container_at

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

SLEEP = ["sleep", "60"]


@pytest.fixture
def network(engine: docker.DockerClient, name: str) -> Network:
    return engine.networks.create(f"{name}-net")


def test_a_container_is_told_by_its_name_its_alias_and_its_address_on_the_proxys_network(
    engine: docker.DockerClient,
    images: dict[str, str],
    name: str,
    network: Network,
    run_container: Callable[..., EngineContainer],
) -> None:
    python = images["PYTHON_IMAGE"]
    run_container(python, command=SLEEP, name=f"{name}-proxy", network=network.name)
    app = run_container(python, command=SLEEP, name=f"{name}-app")
    network.connect(app, aliases=["shop"])
    app.reload()
    address = app.attrs["NetworkSettings"]["Networks"][network.name]["IPAddress"]

    for host in (f"{name}-app", "shop", address):
        assert container_at(host, 8000, f"{name}-proxy", False) == f"{name}-app"
    assert container_at("another", 8000, f"{name}-proxy", False) is None
    assert container_at("shop", 8000, None, False) is None, "this host knows no such name"

    app.kill()
    assert container_at("shop", 8000, f"{name}-proxy", False) is None


def test_a_container_is_told_by_the_port_of_this_host_that_leads_to_it(
    images: dict[str, str], name: str, run_container: Callable[..., EngineContainer]
) -> None:
    app = run_container(images["PYTHON_IMAGE"], command=SLEEP, ports={"8000/tcp": None})
    app.reload()
    port = int(app.attrs["NetworkSettings"]["Ports"]["8000/tcp"][0]["HostPort"])

    assert container_at("127.0.0.1", port, None, True) == name
    assert container_at("127.0.0.1", port, None, False) is None


def test_a_port_at_another_address_of_this_host_leads_elsewhere(
    images: dict[str, str], name: str, run_container: Callable[..., EngineContainer]
) -> None:
    app = run_container(images["PYTHON_IMAGE"], command=SLEEP, ports={"8000/tcp": ("127.0.0.2", None)})
    app.reload()
    port = int(app.attrs["NetworkSettings"]["Ports"]["8000/tcp"][0]["HostPort"])

    assert container_at("127.0.0.2", port, None, True) == name
    assert container_at("localhost", port, None, True) != name, "another container may have that port there"
