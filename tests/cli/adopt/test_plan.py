"""Which service is meant, by what nginx does with `location /`, and what is refused before anything changes."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bluegreen import http
from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.machine import Output
from bluegreen.settings import config_file
from cli.adopt import plan as planning
from cli.adopt.draft import health_of
from cli.adopt.look import Nginx, choose_project
from cli.adopt.plan import Plan
from cli.adopt.proxies import Files
from cli.adopt.text import list_unknown, render
from compose.container import CopiedFile
from compose.survey import Mount, Running, Survey
from tests.cli.adopt.test_draft import running

pytestmark = pytest.mark.unit

SITE = "/etc/nginx/conf.d/site.conf"
BOTH = """server { listen 80;
    location / { proxy_pass http://web:8000; }
    location /docs/ { proxy_pass http://docs:8000/; }
}
"""


DEFINITIONS = {"web": {"expose": ["8000"]}}


class Silent:
    """A machine that is not asked."""

    name = "shop-proxy-1"

    def run(self, *_: str, timeout: float = 30) -> Output:
        return Output(0, "")


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that is mounted into nginx, which nobody reaches over the network."""
    monkeypatch.setattr(http, "get", lambda *_, **__: http.Response(200, "", 0.0))
    (tmp_path / "nginx").mkdir()
    return tmp_path / "nginx"


def planned(
    conf: Path,
    monkeypatch: pytest.MonkeyPatch,
    site: str,
    *containers: Running,
    proxies: int = 1,
    more: Files | None = None,
    **asked: Any,
) -> Plan:
    (conf / "site.conf").write_text(site)
    mounts = (Mount(str(conf), "/etc/nginx/conf.d"),)
    edges = [
        running("proxy" if number == 0 else f"proxy{number}", mounts=mounts, ports={80: 8080}, runs_nginx=True)
        for number in range(proxies)
    ]
    files = {"/etc/nginx/nginx.conf": "http {\n include conf.d/*.conf;\n}\n", SITE: site, **(more or {})}
    found = [Nginx(each.name, Silent(), each, files) for each in edges]  # type: ignore[arg-type]
    monkeypatch.setattr(planning, "nginxes", lambda *_: found)
    seen = Survey((*edges, *containers), "172.17.0.1")
    usual = {"name": None, "service": None, "only": (), "folder": Path("/srv/shop"), "definitions": DEFINITIONS}
    return planning.plan(seen, containers[0], **(usual | asked))


def test_the_service_behind_the_root_is_taken_with_no_more_settings_than_it_needs(
    conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = running("web", health="CMD-SHELL curl --silent localhost:8000/healthz || exit 1", ports={8000: 0})

    made = planned(conf, monkeypatch, BOTH, running("docs"), web)

    service = config_file.parse(tomllib.loads(render(made.draft))).services["web"]
    assert service.compose and (service.compose.files, service.compose.service) == (("docker-compose.yml",), "web")
    assert service.health.path == "/healthz" and service.ports is None and service.compose.container_port is None
    (proxy,) = service.proxies
    assert (proxy.container, proxy.file) == ("shop-proxy-1", conf / "bluegreen-web.inc")
    assert (proxy.name, proxy.url, list_unknown(made.draft)) == ("web", "http://127.0.0.1:8080", [])
    assert {each.place.path for each in made.writes} == {SITE, "/etc/nginx/conf.d/bluegreen-web.inc"}


def test_a_port_that_only_the_image_names_is_written(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    web = running("web", ports={8000: 0})

    made = planned(conf, monkeypatch, BOTH, running("docs"), web, definitions={"web": {"build": {"context": "."}}})

    assert made.draft.compose["container_port"].value == 8000


def test_another_one_is_named_by_its_service(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = planned(conf, monkeypatch, BOTH, running("docs"), running("web"), service="docs", name="pages")

    assert (made.subject.name, made.subject.service) == ("pages", "docs")
    assert planned(conf, monkeypatch, BOTH, running("docs"), running("web"), name="docs").subject.service == "docs"


def test_a_file_that_only_defines_the_upstream_becomes_ours_as_it_is(
    conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream, site = "upstream app { server web:8000; }\n", "server { location / { proxy_pass http://app; } }\n"
    (conf / "app.conf").write_text(upstream, newline="\n")

    made = planned(conf, monkeypatch, site, running("web"), more={"/etc/nginx/conf.d/app.conf": upstream})

    assert [(each.before, each.after) for each in made.writes] == [(upstream, upstream)]
    assert Path(made.draft.proxies[0]["file"].value) == conf / "app.conf"


@pytest.mark.parametrize(
    ("site", "asked", "what"),
    [
        (BOTH, {"service": "shop"}, "has no service shop"),
        (BOTH, {"only": ("edge",)}, "no nginx edge runs"),
        (BOTH, {"service": "db"}, "no nginx sends requests to db"),
        (BOTH, {"proxies": 2}, "several nginx send requests to web: shop-proxy-1, shop-proxy1-1"),
        ("server { root /srv; }", {}, "no nginx was seen that sends requests"),
        (
            BOTH + "server { location / { proxy_pass http://docs:8000; } }",
            {},
            "several services are behind `location /`: docs, web",
        ),
        (
            "upstream a { server web:1; server docs:1; } server { location / { proxy_pass http://a; } }",
            {"service": "web"},
            "upstream a of shop-proxy-1 sends requests to docs, web",
        ),
        (BOTH.replace("docs:8000", "web:9000"), {}, "several ports of it: 8000, 9000"),
    ],
)
def test_what_is_not_clear_is_refused_with_what_can_be_said(
    conf: Path, monkeypatch: pytest.MonkeyPatch, site: str, asked: dict[str, Any], what: str
) -> None:
    with pytest.raises(UsageError, match=what):
        planned(conf, monkeypatch, site, running("web"), running("docs"), running("db"), **asked)

    assert [each.name for each in conf.iterdir()] == ["site.conf"]


def test_what_lies_in_the_image_is_for_a_person_to_write(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = "server { location / { proxy_pass http://web:8000; } }\n"
    monkeypatch.setattr(CopiedFile, "read", lambda self: site if self.path == SITE else None)
    edge = running("proxy", runs_nginx=True, ports={80: 8080})
    found = Nginx(
        edge.name, Silent(), edge, {"/etc/nginx/nginx.conf": "http { include conf.d/*.conf; }", SITE: site}
    )
    monkeypatch.setattr(planning, "nginxes", lambda *_: [found])

    made = planning.plan(
        Survey((edge, running("web")), None), running("web"), None, None, (), Path("/srv/shop"), {}
    )

    assert made.writes == () and [each.place.path for each in made.by_hand] == [
        "/etc/nginx/conf.d/bluegreen-web.inc",
        SITE,
    ]


@pytest.mark.parametrize(
    ("check", "path"),
    [
        ("CMD curl -f http://localhost:8000/ready", "/ready"),
        ("CMD-SHELL curl -f localhost:8000/healthz || exit 1", "/healthz"),
        ("CMD wget -qO- http://127.0.0.1/up", "/up"),
        ("CMD pg_isready", "/"),
    ],
)
def test_the_health_path_is_that_of_the_container_s_own_check(check: str, path: str) -> None:
    assert health_of(check).value == path


@pytest.mark.parametrize("wanted", [None, "shop"])
def test_with_nothing_running_it_says_so_and_not_that_something_is_unclear(wanted: str | None) -> None:
    ours = running("web", is_ours=True)

    with pytest.raises(UsageError, match="no Compose project runs") as refused:
        choose_project(Survey((ours,), None), wanted)

    assert "docker compose up -d" in refused.value.advice


def test_a_project_is_chosen_by_name_or_folder_and_others_are_listed() -> None:
    shop, blog = running("web"), running("web", project="blog", folder="/srv/blog")
    seen = Survey((shop, blog), None)

    assert choose_project(seen, "blog") is blog and choose_project(seen, "/srv/shop") is shop
    with pytest.raises(UsageError, match="not clear which") as refused:
        choose_project(seen, None)
    assert "blog (/srv/blog), shop (/srv/shop)" in refused.value.saw
