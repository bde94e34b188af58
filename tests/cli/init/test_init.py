"""init and doctor on a real Compose project, as somebody meets them who has nothing else yet."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from bluegreen.deployment.errors import ProxyRefused
from bluegreen.settings import config_file
from bluegreen.settings.service import ProxySettings
from cli.doctor import proxies
from cli.doctor.findings import Advice
from compose.container import Container
from nginx.file.plain_file import PlainFile
from nginx.proxy import Proxy
from tests.compose.app import free_port
from tests.compose.conftest import engine, images, name, remove_all

__all__ = ["engine", "images", "name"]
pytestmark = pytest.mark.docker

SITE = """
server { listen 80; location / { proxy_pass http://web:8000; } }
"""


def bluegreen(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    # The script, not `python -m`: that would take the project's own folder nginx/ for a package.
    command = str(Path(sys.executable).parent / "bluegreen")
    return subprocess.run([command, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)


def compose(folder: Path, *arguments: str) -> None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("COMPOSE_")}
    subprocess.run(
        ["docker", "compose", *arguments], cwd=folder, env=env, check=True, capture_output=True, timeout=120
    )


@pytest.fixture
def project(engine: docker.DockerClient, images: dict[str, str], name: str, tmp_path: Path) -> Iterator[Path]:
    """The folder of a running project: an application, an nginx of 2022 before it, a Redis; no colours."""
    (tmp_path / "nginx").mkdir()
    (tmp_path / "nginx" / "site.conf").write_text(SITE)
    server = ["python3", "-m", "http.server", "8000"]
    check = {"test": ["CMD", "curl", "-f", "http://localhost:8000/ready"], "interval": "60s"}
    web = {
        "image": images["PYTHON_IMAGE"],
        "command": server,
        "ports": [f"{free_port()}:8000"],
        "healthcheck": check,
    }
    mount = ["./nginx:/etc/nginx/conf.d:ro"]
    proxy = {
        "image": images["NGINX_OLD_IMAGE"],
        "ports": [f"{free_port()}:80"],
        "volumes": mount,
        "depends_on": ["web"],
    }
    services = {"web": web, "proxy": proxy}
    (tmp_path / "docker-compose.yml").write_text(json.dumps({"name": name, "services": services}))
    try:
        compose(tmp_path, "up", "--detach")
        yield tmp_path
    finally:
        compose(tmp_path, "down", "--timeout", "0")
        remove_all(engine, name)


def test_what_is_written_fits_what_runs_and_plan_takes_it(project: Path, name: str) -> None:
    ended = bluegreen(project, "init")

    assert ended.returncode == 0, ended.stderr
    service = config_file.load(project / "bluegreen.toml").services[name]
    assert service.compose and service.compose.service == "web-{color}"
    assert service.compose.shared == ("docker-compose.yml",)
    assert service.health.path == "/ready"
    (proxy,) = service.proxies
    assert (proxy.container, proxy.file) == (f"{name}-proxy-1", project / "nginx" / "upstream.inc")
    assert "Two colours are needed" in ended.stdout
    assert bluegreen(project, "plan", name).returncode == 0


def test_a_file_that_exists_is_left_as_it_is(project: Path) -> None:
    (project / "bluegreen.toml").write_text("mine")

    ended = bluegreen(project, "init")

    assert ended.returncode == 2 and "left as it is" in ended.stderr
    assert (project / "bluegreen.toml").read_text() == "mine"


def test_a_project_is_named_by_its_name_or_its_folder_and_others_are_listed(project: Path, name: str) -> None:
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()

    unknown = bluegreen(elsewhere, "init", "nobody")
    assert unknown.returncode == 2 and f"{name} ({project})" in unknown.stderr
    for wanted in (name, str(project)):
        assert (
            bluegreen(elsewhere, "--config", f"{wanted.rpartition('/')[2]}.toml", "init", wanted).returncode == 0
        )
    written = tomllib.loads((elsewhere / f"{name}.toml").read_text())
    assert written["services"][name]["workspace"] == str(project)


def proxy_with(project: Path, name: str, file: str) -> Proxy:
    path = project / "nginx" / file
    settings = ProxySettings.model_validate({"container": f"{name}-proxy-1", "file": path})
    return Proxy(settings, "web", Container(f"{name}-proxy-1"), PlainFile(path))


def test_doctor_says_that_an_old_nginx_cuts_connections(project: Path, name: str) -> None:
    with pytest.raises(Advice, match=r"nginx 1\.22\.1 closes idle kept connections"):
        proxies.keepalive(proxy_with(project, name, "site.conf"))


def test_doctor_sees_by_nginx_s_own_word_whether_a_file_is_included(project: Path, name: str) -> None:
    (project / "nginx" / "forgotten.inc").write_text("upstream app { server 127.0.0.1:1 down; }\n")

    assert "nginx reads" in proxies.include(proxy_with(project, name, "site.conf"))
    with pytest.raises(ProxyRefused, match="nginx does not read"):
        proxies.include(proxy_with(project, name, "forgotten.inc"))


def test_without_an_engine_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")

    ended = bluegreen(tmp_path, "init")

    assert ended.returncode == 2 and "the Docker Engine does not answer" in ended.stderr
