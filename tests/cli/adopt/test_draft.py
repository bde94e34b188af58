"""What is written of what was seen: always a config that loads, with a mark on what is not certain."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.states import Color
from bluegreen.settings import config_file
from bluegreen.settings.service import Ports, ServiceSettings
from bluegreen.system import platform
from cli.adopt.colors import Scene, application_of, draft_of_colors
from cli.adopt.proxies import Files, proxies_of
from cli.adopt.text import list_unknown, render
from compose.project.color_file import ColorFile
from compose.survey import Mount, Running
from nginx.config.parser import files_of
from nginx.config.targets import Switch, switches_in, targets_in

pytestmark = pytest.mark.unit

PASSES: Files = {"/etc/nginx/conf.d/default.conf": "server { location / { proxy_pass http://web:8000; } }"}


def running(name: str, **values: Any) -> Running:
    usual = {
        "project": "shop",
        "service": name,
        "image": name,
        "folder": "/srv/shop",
        "files": ("/srv/shop/docker-compose.yml",),
        "ports": {},
        "networks": {"shop_default": (name,)},
        "mounts": (),
        "health": "",
        "runs_nginx": name == "proxy",
        "is_ours": False,
    }
    return Running(name=f"shop-{name}-1", **(usual | values))


def app(**values: Any) -> Running:
    """A colour that runs."""
    return running("web", **({"service": "web-blue"} | values))


def config(
    *containers: Running, files: Files = PASSES, gateway: str = "172.17.0.1"
) -> tuple[ServiceSettings, str, list[str]]:
    """The service as it would be loaded, the text, and what is left to a person."""
    nginxes = {each.name: files for each in containers if each.runs_nginx}
    scene = Scene(
        project="shop",
        folder=Path("/srv/shop"),
        config_folder=Path("/srv/shop"),
        running=containers,
        color_file="docker-compose.{color}.yml",
        color_files={Color.BLUE: color_file(Color.BLUE, 9000), Color.GREEN: color_file(Color.GREEN, 9001)},
        free=[8000, 8001],
    )
    application = application_of(scene)
    found = proxies_of(scene, application, nginxes, gateway)
    made = draft_of_colors(scene, application, found.tables, found.notes, "shop")
    text = render(made)
    return config_file.parse(tomllib.loads(text)).services["shop"], text, list_unknown(made)


def color_file(color: Color, port: int) -> ColorFile:
    test = ["CMD", "curl", "-f", "http://localhost:8000/ready"]
    service = {"ports": [{"published": str(port), "target": 8000}], "healthcheck": {"test": test}}
    return ColorFile(f"docker-compose.{color}.yml", {"services": {"companion": {}, f"web-{color}": service}})


def test_colours_are_taken_from_their_own_files_whether_they_run_or_not() -> None:
    service, _, _ = config(running("proxy"))

    assert service.compose and service.compose.service == "web-{color}"
    assert service.ports == Ports(blue=9000, green=9001)
    assert service.health.path == "/ready"


def test_a_file_that_is_nothing_but_an_upstream_is_taken_where_this_host_has_it(tmp_path: Path) -> None:
    files = {**PASSES, "/etc/nginx/conf.d/app.inc": "# here\nupstream site { server web:8000; }\n"}
    proxy = running("proxy", mounts=(Mount(str(tmp_path), "/etc/nginx/conf.d"),), ports={80: 8080})

    service, _, _ = config(app(), proxy, files=files)

    (found,) = service.proxies
    assert (found.file, found.name, found.url) == (tmp_path / "app.inc", "site", "http://127.0.0.1:8080")


def test_another_service_s_file_in_a_shared_nginx_is_left_to_it() -> None:
    deployed = f"# bluegreen: {OURS}\nupstream app {{ server blog:80; }}\n"
    edge = running("proxy", networks={"shop_default": ("proxy",), "blog_default": ("proxy",)})
    theirs = {"/etc/nginx/conf.d/upstream.inc": deployed, "/etc/nginx/conf.d/blog.conf": "server { listen 80; }"}
    mine = {"/etc/nginx/conf.d/zz.inc": "upstream shop { server web:8000; }"}

    (found,) = config(app(), edge, files={**PASSES, **theirs, **mine})[0].proxies
    assert (found.copy_to, found.name) == ("/etc/nginx/conf.d/zz.inc", "shop")
    (found,) = config(app(), edge, files={**PASSES, **theirs})[0].proxies
    assert found.copy_to == "/etc/nginx/conf.d/shop-upstream.inc"


def test_without_a_mounted_folder_the_file_is_copied_in_and_nginx_has_yet_to_include_it() -> None:
    service, _, left = config(app(), running("proxy"))

    assert service.proxies[0].copy_to == "/etc/nginx/conf.d/upstream.inc"
    assert any("include /etc/nginx/conf.d/upstream.inc;" in each for each in left)


def test_an_nginx_of_another_project_that_names_the_port_is_a_proxy_through_the_host() -> None:
    edge = running("edge", project="edge", runs_nginx=True, networks={"edge": ()})
    files: Files = {"/etc/nginx/conf.d/shop.inc": "set $service_url http://10.0.0.1:9000;"}

    service, _, _ = config(app(ports={8000: 9000}), edge, files=files)

    (found,) = service.proxies
    assert (found.template, found.name) == ("variable", "service_url") and found.upstream_address


@pytest.mark.parametrize(("shares", "host"), [(True, "172.17.0.1"), (False, "192.168.65.254")])
def test_behind_a_virtual_machine_the_gateway_is_not_this_host(
    monkeypatch: pytest.MonkeyPatch, shares: bool, host: str
) -> None:
    monkeypatch.setattr(platform, "shares_network_with_docker", lambda: shares)
    edge = running("edge", project="edge", runs_nginx=True, networks={"edge": ()})
    files: Files = {"/etc/nginx/conf.d/shop.inc": "set $service_url http://10.0.0.1:9000;"}

    service, text, _ = config(app(ports={8000: 9000}), edge, files=files)

    assert service.proxies[0].upstream_address == host
    assert ("host.docker.internal" in text) is not shares


@pytest.mark.parametrize(
    ("source", "here"),
    [
        ("/run/desktop/mnt/host/c/site/nginx", "C:/site/nginx"),
        ("/host_mnt/d/nginx", "D:/nginx"),
        ("/run/desktop/mnt/host/wsl/nginx", "/run/desktop/mnt/host/wsl/nginx"),
        ("/srv/host_mnt/c/nginx", "/srv/host_mnt/c/nginx"),
        ("C:\\site\\nginx", "C:\\site\\nginx"),
    ],
)
def test_a_mount_is_looked_for_where_this_host_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, here: str
) -> None:
    monkeypatch.setattr(Path, "is_dir", lambda path: path == Path(here))
    proxy = running("proxy", mounts=(Mount(source, "/etc/nginx/conf.d"),), ports={80: 8080})

    service, _, _ = config(app(), proxy)

    assert service.proxies[0].file == Path(here) / "upstream.inc"


def test_one_that_serves_something_else_is_only_told_of() -> None:
    other = running("edge", project="edge", runs_nginx=True, networks={"edge": ()})

    service, _, left = config(app(), other, files={})

    assert service.proxies[0].conf == Path("/etc/nginx/nginx.conf")
    assert any("shop-edge-1 (edge) runs too" in each for each in left)


@pytest.mark.parametrize("target", ["web:8000", "web:9000", "shop-web-1"])
def test_one_that_names_its_own_project_s_application_of_the_same_name_is_only_told_of(target: str) -> None:
    other = running("edge", project="blog", runs_nginx=True, networks={"blog_default": ("edge",)})
    files: Files = {"/etc/nginx/conf.d/default.conf": f"server {{ location / {{ proxy_pass http://{target}; }} }}"}

    service, _, left = config(app(ports={8000: 9000}), running("proxy"), other, files=files)

    (found,) = service.proxies
    assert found.container == "shop-proxy-1"
    assert any("shop-edge-1 (blog) runs too" in each for each in left)


def test_names_that_toml_would_misread_stay_what_they_are() -> None:
    odd = 'pro"xy\\\n'
    service, _, _ = config(app(), running("proxy", service="a # b\nc = 1"), files={f"/etc/{odd}": ""})

    assert service.compose


OURS = '{"service": "web", "color": "blue", "release": "v1", "generation": 1, "epoch": 1}'
DUMP = """nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
# configuration file /etc/nginx/nginx.conf:
http { include /etc/nginx/conf.d/*; }

# configuration file /etc/nginx/conf.d/app.inc:
# comment: server ghost:1;
upstream app { server web:8000; }
nginx: configuration file /etc/nginx/nginx.conf test is successful
"""


def test_what_nginx_prints_is_read_by_file_without_its_own_remarks() -> None:
    files = files_of(DUMP)

    assert list(files) == ["/etc/nginx/nginx.conf", "/etc/nginx/conf.d/app.inc"]
    assert switches_in(files) == [Switch("/etc/nginx/conf.d/app.inc", "upstream", "app", ("web:8000",), None)]
    assert targets_in(files) == ["web:8000"]


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("set $to http://a:1;", "variable"),
        ("# bluegreen: " + OURS + "\nupstream app { server a:1; }\nserver { listen 1; }", "upstream"),
        ("upstream app { server a:1; }\nserver { listen 80; }", None),
        ("server { set $to http://a:1; }", None),
        ("", None),
    ],
)
def test_only_a_file_that_does_nothing_else_can_be_ours(text: str, template: str | None) -> None:
    found = switches_in({"x": text})

    assert [each.template for each in found] == ([template] if template else [])
