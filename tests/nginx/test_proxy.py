"""Which log of an edge nginx is a service's, when others have the same variable there."""

from typing import Any, cast

import pytest

from bluegreen.deployment.machine import Machine, Output
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from nginx.config.capabilities import Capabilities
from nginx.file.render import render
from nginx.proxy import Proxy

pytestmark = pytest.mark.unit

FOLDER = "/etc/nginx/conf.d"
BY_HAND = "set $service_url http://192.0.2.10:8000;\n"


class Edge:
    """An nginx with a server for each service; each includes its own file."""

    def __init__(self, files: dict[str, str]) -> None:
        servers = "".join(
            f"server {{ access_log /{name}.log; include conf.d/{name}/*.inc;"
            " location / { if ($http_x) { return 403; } proxy_pass $service_url; } }\n"
            for name in ("web", "api")
        )
        self.files = {"/etc/nginx/nginx.conf": f"http {{\n{servers}}}\n"} | files

    def nginx_prefix(self) -> None: ...

    def is_host(self) -> bool:
        return False

    def run(self, *arguments: str) -> Output:
        text = "".join(f"# configuration file {path}:\n{text}" for path, text in self.files.items())
        return Output(0, text if "-T" in arguments else "nginx version: nginx/1.28.0")


def abilities_of_web(files: dict[str, str], template: str = "variable", **place: str) -> Capabilities:
    settings = ProxySettings(container="edge", template=template, upstream_address="192.0.2.10", **place)
    file = cast(Any, type("File", (), {"name": place.get("copy_to") or place["file"]}))
    return Proxy(settings, "web", cast(Machine, Edge(files)), file).capabilities()


def logs_of_web(files: dict[str, str], **place: str) -> list[str]:
    return [log.path for log in abilities_of_web(files, **place).access_logs]


def written(service: str, sets_keepalive: bool = True) -> str:
    """A file that was deployed; one that sets what others may not set again, where told so."""
    settings = ProxySettings(container="edge", copy_to="/x", template="variable", upstream_address="192.0.2.10")
    marker = Marker(service=service, color=Color.BLUE, release="v1", generation=1, epoch=1)
    address = Address("192.0.2.10", 8000, dynamic=not sets_keepalive)
    return render(settings, marker, address, Capabilities((1, 28, 0), sets_keepalive))


def test_a_deployed_file_is_known_by_what_it_says() -> None:
    files = {f"{FOLDER}/api/url.inc": written("api"), f"{FOLDER}/web/url.inc": written("web")}

    assert logs_of_web(files, file="/srv/edge/other-name.inc") == ["/web.log"]


@pytest.mark.parametrize("place", [{"copy_to": f"{FOLDER}/web/url.inc"}, {"file": f"{FOLDER}/web/url.inc"}])
def test_before_the_first_deployment_the_path_tells(place: dict[str, str]) -> None:
    files = {f"{FOLDER}/api/url.inc": BY_HAND, f"{FOLDER}/web/url.inc": BY_HAND}

    assert logs_of_web(files, **place) == ["/web.log"]


@pytest.mark.parametrize("other", [written("api"), BY_HAND])
def test_a_mounted_file_is_told_by_its_name_where_there_is_one_of_it(other: str) -> None:
    name = "url.inc" if other != BY_HAND else "api.inc"
    files = {f"{FOLDER}/api/{name}": other, f"{FOLDER}/web/url.inc": BY_HAND}

    assert logs_of_web(files, file="/srv/edge/url.inc") == ["/web.log"]


def test_a_file_that_cannot_be_told_leaves_the_variables_name() -> None:
    files = {f"{FOLDER}/api/url.inc": BY_HAND, f"{FOLDER}/web/url.inc": BY_HAND}

    assert logs_of_web(files, file="/srv/edge/url.inc") == ["/web.log", "/api.log"]


def test_a_location_that_sets_it_for_itself_is_somebody_elses() -> None:
    inner = (
        "location /api { access_log /inner.log; set $service_url http://192.0.2.11; proxy_pass $service_url; }\n"
    )
    files = {f"{FOLDER}/web/url.inc": written("web"), f"{FOLDER}/web/z.inc": inner}

    assert logs_of_web(files, file="url.inc") == ["/web.log"]


def test_a_condition_may_choose_it() -> None:
    files = {f"{FOLDER}/web/choice.inc": "if ($host = a) { include conf.d/ours.inc; }\n"}

    assert logs_of_web(files | {f"{FOLDER}/ours.inc": written("web")}, file="ours.inc") == ["/web.log"]


OURS, THEIRS = f"{FOLDER}/web/url.inc", f"{FOLDER}/api/url.inc"
SETS = "resolver 127.0.0.11;\nkeepalive_min_timeout 10s;\n"


@pytest.mark.parametrize("ours", [{}, {OURS: written("web", sets_keepalive=False)}])
@pytest.mark.parametrize(
    ("others", "template", "are_set"),
    [
        # what another service's server has is nothing to ours, whose users would get 502 without a resolver
        ({THEIRS: written("api", sets_keepalive=False)}, "variable", False),
        ({f"{FOLDER}/web/more.inc": SETS}, "variable", True),
        ({f"{FOLDER}/web/more.inc": f"location /x {{ {SETS} }}"}, "variable", False),
        # a file with an upstream stands in the http block, beside all servers
        ({THEIRS: written("api", sets_keepalive=False)}, "upstream", False),
        ({f"{FOLDER}/web/more.inc": SETS}, "upstream", False),
    ],
)
def test_what_another_file_sets_counts_where_ours_stands(
    ours: dict[str, str], others: dict[str, str], template: str, are_set: bool
) -> None:
    found = abilities_of_web(others | ours, template, file=OURS)

    assert (found.sets_resolver, found.sets_keepalive) == (are_set, are_set)


@pytest.mark.parametrize("template", ["variable", "upstream"])
def test_what_the_http_block_sets_counts_for_all(template: str) -> None:
    edge = "http { include conf.d/all.inc; server { location / { proxy_pass $service_url; } } }\n"
    files = {"/etc/nginx/nginx.conf": edge, f"{FOLDER}/all.inc": SETS}

    found = abilities_of_web(files, template, file=OURS)

    assert (found.sets_resolver, found.sets_keepalive) == (True, True)
