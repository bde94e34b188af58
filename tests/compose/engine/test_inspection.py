"""What the Engine's answers mean."""

from typing import Any

import pytest

from compose.engine.client import host_of
from compose.engine.inspection import inner_url, nginx_call, published_url, workers_in
from compose.engine.processes import in_table
from compose.ports import published

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "top",
    [
        {
            "Titles": ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"],
            "Processes": [
                ["root", "10", "1", "0", "12:00", "?", "00:00:00", "nginx: master process nginx -g daemon off;"],
                ["nginx", "11", "10", "0", "12:00", "?", "00:00:00", "nginx: worker process"],
                ["nginx", "12", "10", "0", "12:00", "?", "00:00:00", "nginx: worker process is shutting down"],
                ["nginx", "13", "10", "0", "12:00", "?", "00:00:00", "nginx: cache manager process"],
                ["root", "14", "10", "0", "12:00", "?", "00:00:00", "grep nginx: worker process"],
            ],
        },
        {
            "Titles": ["PID", "USER", "TIME", "COMMAND"],
            "Processes": [
                ["10", "root", "0:00", "nginx:", "master", "process", "nginx"],
                ["11", "nginx", "0:00", "nginx:", "worker", "process"],
                ["12", "nginx", "0:00", "nginx:", "worker", "process", "is", "shutting", "down"],
            ],
        },
    ],
)
def test_workers_are_found_in_either_kind_of_process_table(top: dict[str, Any]) -> None:
    assert workers_in(in_table(top)) == {11: "nginx: worker process", 12: "nginx: worker process is shutting down"}


@pytest.mark.parametrize(
    ("title", "call"),
    [
        ("nginx -g daemon off;", ("nginx", "-g", "daemon off;")),
        (
            "/usr/sbin/nginx -e stderr -c /srv/my site/nginx.conf -p/srv/my site -g daemon off; pid /x;",
            (
                *("/usr/sbin/nginx", "-e", "stderr", "-c", "/srv/my site/nginx.conf", "-p", "/srv/my site"),
                *("-g", "daemon off; pid /x;"),
            ),
        ),
        ("./nginx", ("nginx",)),
        ("", None),
    ],
)
def test_how_nginx_was_called_is_read_off_its_masters_title(title: str, call: tuple[str, ...] | None) -> None:
    titles = {10: f"nginx: master process {title}", 11: "nginx: worker process -c /x"}

    assert nginx_call(titles if title else {}) == call


def test_a_container_without_processes_has_no_workers() -> None:
    assert workers_in(in_table({"Titles": ["PID", "CMD"], "Processes": None})) == {}


@pytest.mark.parametrize(
    ("mappings", "url"),
    [
        ([("0.0.0.0", "8080"), ("::", "8080")], "http://127.0.0.1:8080"),
        ([("::", "8081"), ("0.0.0.0", "8080")], "http://127.0.0.1:8080"),
        ([("::", "8080")], "http://127.0.0.1:8080"),
        ([("192.0.2.1", "8080")], "http://192.0.2.1:8080"),
        ([("::1", "8080")], "http://[::1]:8080"),
        ([], None),
    ],
)
def test_a_published_port_becomes_a_url(mappings: list[tuple[str, str]], url: str | None) -> None:
    ports = {"80/tcp": [{"HostIp": address, "HostPort": port} for address, port in mappings] or None}

    assert published_url(ports, 80, "127.0.0.1") == url


def test_an_engine_elsewhere_may_have_an_address_of_ipv6() -> None:
    assert published_url({"80/tcp": [{"HostIp": "::", "HostPort": "1"}]}, 80, "[fd00::2]") == "http://[fd00::2]:1"


def test_a_port_inside_is_at_the_containers_address_or_the_hosts() -> None:
    def inside(mode: str, **addresses: str) -> str | None:
        networks = {name: {"IPAddress": address} for name, address in addresses.items()}
        found = {"HostConfig": {"NetworkMode": mode}, "NetworkSettings": {"Networks": networks}}
        return inner_url(found, 8999)

    assert inside("app", gone="", app="172.18.0.2") == "http://172.18.0.2:8999"
    assert inside("host", host="") == "http://127.0.0.1:8999"
    assert inside("none", none="") is None


def test_a_container_on_a_network_of_ipv6_alone_is_reached_there() -> None:
    def inside(*addresses: tuple[str, str]) -> str | None:
        networks = {str(each): {"IPAddress": each[0], "GlobalIPv6Address": each[1]} for each in addresses}
        found = {"HostConfig": {"NetworkMode": "app"}, "NetworkSettings": {"Networks": networks}}
        return inner_url(found, 8999)

    assert inside(("", "fd00::2")) == "http://[fd00::2]:8999"
    assert inside(("", "fd00::2"), ("172.18.0.2", "fd00::3")) == "http://172.18.0.2:8999"


def test_only_tcp_ports_count_as_published() -> None:
    mapping = [{"HostIp": "0.0.0.0", "HostPort": "8000"}]

    assert published({"80/tcp": mapping, "81/tcp": None, "53/udp": [{"HostPort": "53"}]}) == {8000}


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("unix:///var/run/docker.sock", "127.0.0.1"),
        ("http+unix:///var/run/docker.sock", "127.0.0.1"),
        ("npipe:////./pipe/docker_engine", "127.0.0.1"),
        ("tcp://deploy.example:2376", "deploy.example"),
        ("tcp://[fd00::2]:2376", "[fd00::2]"),
        ("ssh://deployer@deploy.example", "deploy.example"),
    ],
)
def test_published_ports_are_on_the_engines_host(endpoint: str, host: str) -> None:
    assert host_of(endpoint) == host
