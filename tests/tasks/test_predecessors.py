"""What served before the first deployment, as it is named."""

from collections.abc import Callable
from types import SimpleNamespace

import psutil
import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.states import Phase
from bluegreen.deployment.upkeep import Target
from tasks import predecessors
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit

Sees = Callable[..., list[str]]


@pytest.fixture
def sees(host: Host, monkeypatch: pytest.MonkeyPatch) -> Sees:
    """What is seen of a target where these containers run, and where these addresses take connections."""

    context = host.deployment(Phase.CLEANUP_OLD_VERSION)

    def see(
        address: str,
        containers: dict[int, str] | None = None,
        listening: tuple[str, ...] = (),
        is_on_host: bool = True,
    ) -> list[str]:
        def container_at(name: str, port: int, proxy: str | None, is_here: bool) -> str | None:
            if containers is None:
                raise PhaseFailed("there is no Docker Engine")
            assert proxy == "proxy" and is_here is (name in here)
            return containers.get(port)

        everywhere = {"10.0.0.1", "localhost", "127.0.0.1", "[::1]", "host.docker.internal"}
        here = everywhere if is_on_host else {"10.0.0.1", "host.docker.internal"}
        monkeypatch.setattr(predecessors, "names_of_host", lambda: everywhere)
        monkeypatch.setattr(predecessors, "container_at", container_at)
        monkeypatch.setattr(predecessors, "_listens", lambda target: target in listening)
        monkeypatch.setattr(predecessors.ports, "holder", lambda binding: None)
        monkeypatch.setattr(predecessors.ports, "described", lambda process: "a process")
        host.upkeep.former = (Target(address, is_on_host, "proxy"),)
        return predecessors.predecessors(context)

    return see


def test_a_container_is_named_by_its_name_whether_or_not_it_answers(sees: Sees) -> None:
    assert sees("app:8000", {8000: "shop-web-1"}) == ["app:8000 (container shop-web-1)"]


@pytest.mark.parametrize("containers", [{}, None], ids=["none there", "no Engine"])
def test_what_is_no_container_counts_when_it_takes_connections(
    sees: Sees, containers: dict[int, str] | None
) -> None:
    assert sees("127.0.0.1:8000", containers, ("127.0.0.1:8000",)) == ["127.0.0.1:8000 (a process)"]
    assert sees("127.0.0.1:8001", containers, ("127.0.0.1:8000",)) == []


@pytest.mark.parametrize("target", ["localhost", "[::1]"])
def test_where_no_port_is_named_it_is_nginx_s_own(sees: Sees, target: str) -> None:
    assert sees(target, {}, (f"{target}:80",)) == [f"{target} (a process)"]


def test_the_name_of_the_host_as_containers_know_it_is_asked_here(sees: Sees) -> None:
    seen = sees("host.docker.internal:81", {}, ("127.0.0.1:81",), is_on_host=False)

    assert seen == ["host.docker.internal:81 (a process)"]


def test_loopback_of_a_proxy_with_a_network_of_its_own_is_not_this_host(sees: Sees) -> None:
    assert sees("127.0.0.1:81", {}, ("127.0.0.1:81",), is_on_host=False) == ["127.0.0.1:81 (on another host)"]
    assert sees("10.9.9.9:81", {}, ("10.9.9.9:81",)) == ["10.9.9.9:81 (on another host)"]


@pytest.mark.parametrize(
    ("is_on_host", "bound", "seen"),
    [(True, "/run/app.sock", True), (True, "/run/other.sock", False), (False, "/run/app.sock", False)],
)
def test_a_socket_counts_when_a_program_of_this_host_has_it(
    sees: Sees, monkeypatch: pytest.MonkeyPatch, is_on_host: bool, bound: str, seen: bool
) -> None:
    monkeypatch.setattr(psutil, "net_connections", lambda kind: [SimpleNamespace(laddr=bound)])

    found = sees("unix:/run/app.sock:", is_on_host=is_on_host)

    assert found == (["unix:/run/app.sock: (a socket of this host)"] if seen else [])
