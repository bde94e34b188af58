"""A real nginx in a container, as the nginx door sees it."""

import time
import uuid
from collections.abc import Callable
from pathlib import Path

import docker
import pytest
import requests
from docker.models.containers import Container as EngineContainer

from bluegreen import http
from bluegreen.deployment.errors import CommandFailed, PhaseFailed
from compose.container import Container, CopiedFile
from compose.engine.inspection import shares_network
from tests.compose.app import eventually

pytestmark = pytest.mark.docker

CONF = "/etc/nginx/conf.d/default.conf"
SITE = """server {
    listen 80;
    location / { return 200 "%s"; }
    location /slow { root /srv; limit_rate 2k; }
}
"""


def site(proxy: Container) -> CopiedFile:
    return CopiedFile(proxy.name, CONF)


def test_a_command_gives_its_status_and_both_its_outputs(proxy: Container) -> None:
    output = proxy.run("sh", "-c", "echo one; echo two >&2; printf 'dr\\303\\244i\\n'; exit 3")

    assert (output.status, sorted(output.text.splitlines())) == (3, ["dräi", "one", "two"])
    assert proxy.run("nginx", "-t").status == 0


def test_no_output_is_lost_however_short_the_command(proxy: Container) -> None:
    assert {proxy.run("echo", str(number)).text for number in range(30)} == {f"{n}\n" for n in range(30)}


def test_a_long_output_comes_whole(proxy: Container) -> None:
    assert proxy.run("seq", "100000").text.splitlines()[-1] == "100000"


@pytest.mark.parametrize(
    "program", [pytest.param("sleep 60", marks=pytest.mark.long), "while true; do echo x; sleep 0.1; done"]
)
def test_a_command_that_does_not_end_is_left_after_its_time(proxy: Container, program: str) -> None:
    started = time.monotonic()

    with pytest.raises(CommandFailed, match="did not end within 1 s"):
        proxy.run("sh", "-c", program, timeout=1)

    assert time.monotonic() - started < 3


def test_a_program_that_is_not_there_does_not_pass_for_a_success(proxy: Container) -> None:
    try:
        assert proxy.run("no-such-program").status in (126, 127)
    except PhaseFailed as error:  # newer Engines refuse
        assert "no-such-program" in str(error)


def test_a_request_in_flight_keeps_its_worker_in_the_list_after_a_reload(proxy: Container) -> None:
    site(proxy).write(SITE % "one")
    # more than the sockets on the way can hold
    assert proxy.run("sh", "-c", "mkdir -p /srv && truncate -s 64M /srv/slow").status == 0
    assert proxy.run("nginx", "-s", "reload").status == 0
    eventually(lambda: http.get(proxy.url_of(80) or "", 2).body == "one")
    with requests.get(f"{proxy.url_of(80)}/slow", stream=True, timeout=5) as slow:
        before = proxy.nginx_workers()

        assert proxy.run("nginx", "-s", "reload").status == 0

        eventually(lambda: [title for title in proxy.nginx_workers().values() if "shutting down" in title])
        ending = {pid for pid, title in proxy.nginx_workers().items() if "shutting down" in title}
        assert slow.status_code == 200
        assert ending <= set(before) < set(before) | set(proxy.nginx_workers())
    eventually(lambda: not set(before) & set(proxy.nginx_workers()))
    assert all(title == "nginx: worker process" for title in proxy.nginx_workers().values())


def test_an_nginx_with_a_configuration_of_its_own_is_the_one_that_is_asked(
    run_container: Callable[..., EngineContainer], images: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "my edge"
    (folder / "logs").mkdir(parents=True)
    site = "events {}\nhttp { server { listen 80; location / { return 200 'für'; } } }\n"
    (folder / "nginx.conf").write_text(site, encoding="latin-1")
    found = run_container(
        images["NGINX_OLD_IMAGE"],
        command=["nginx", "-p", "/srv/my edge", "-c", "nginx.conf", "-g", "daemon off; pid /run/edge.pid;"],
        volumes={str(folder): {"bind": "/srv/my edge", "mode": "rw"}},
    )
    container = Container(found.name)
    eventually(container.nginx_workers)

    before = container.nginx_workers()
    assert container.run("nginx", "-s", "reload").status == 0
    eventually(lambda: not set(before) & set(container.nginx_workers()))
    assert "configuration file /srv/my edge/nginx.conf" in container.run("nginx", "-T").text
    assert (container.nginx_prefix(), container.is_host()) == ("/srv/my edge", False)


def test_a_published_port_is_reached_on_this_host(proxy: Container, engine: docker.DockerClient) -> None:
    mapping = engine.containers.get(proxy.name).ports["80/tcp"][0]

    assert proxy.url_of(80) == f"http://127.0.0.1:{mapping['HostPort']}"


def test_a_port_that_is_not_published_is_reached_at_the_containers_address(
    proxy: Container, engine: docker.DockerClient
) -> None:
    site(proxy).write((SITE % "inner").replace("listen 80", "listen 8999"))
    proxy.run("nginx", "-s", "reload")

    url = proxy.url_of(8999)

    if not shares_network(engine):
        assert url is None
    else:
        eventually(lambda: http.get(url or "", 2).body == "inner")


@pytest.mark.parametrize(
    "verb",
    [
        "run",
        pytest.param("nginx_workers", marks=pytest.mark.long),
        pytest.param("url_of", marks=pytest.mark.long),
        "delete",
    ],
)
def test_a_container_that_has_ended_says_when_and_how(
    run_container: Callable[..., EngineContainer], images: dict[str, str], verb: str
) -> None:
    found = run_container(images["PYTHON_IMAGE"], command="sh -c 'exit 1'")
    found.wait()
    container, file = Container(found.name), CopiedFile(found.name, "/etc/hostname")
    verbs = {
        "run": lambda: container.run("true"),
        "nginx_workers": container.nginx_workers,
        "url_of": lambda: container.url_of(80),
        "delete": file.delete,
    }

    with pytest.raises(PhaseFailed, match=r"is not running \(exited .*, code 1\)") as caught:
        verbs[verb]()

    assert found.name in caught.value.advice


def test_a_missing_container_is_named_and_the_beginning_of_an_id_is_no_name(proxy: Container, engine) -> None:
    nobody = f"nobody-{uuid.uuid4().hex[:8]}"
    with pytest.raises(PhaseFailed, match=f"there is no container {nobody}"):
        Container(nobody).run("true")
    with pytest.raises(PhaseFailed, match="there is no container"):
        CopiedFile(engine.containers.get(proxy.name).id[:12], CONF).read()
