"""Which log of an edge nginx is a service's, when others have the same variable there."""

from typing import Any, cast

import pytest

from deployment.machine import Machine, Output
from deployment.runtime import Address
from deployment.settings import Proxy as Settings
from deployment.states import Color
from nginx.abilities import Abilities
from nginx.content import Content
from nginx.proxy import Proxy
from nginx.render import render

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

    def run(self, *arguments: str) -> Output:
        text = "".join(f"# configuration file {path}:\n{text}" for path, text in self.files.items())
        return Output(0, text if "-T" in arguments else "nginx version: nginx/1.28.0")


def logs_of_web(files: dict[str, str], **place: str) -> list[str]:
    settings = Settings(container="edge", template="variable", host="192.0.2.10", **place)
    file = cast(Any, type("File", (), {"name": place.get("copy_to") or place["file"]}))
    proxy = Proxy(settings, "web", cast(Machine, Edge(files)), file)
    return [log.path for log in proxy.abilities().access_logs]


def written(service: str) -> str:
    """A file that was deployed."""
    settings = Settings(container="edge", copy_to="/x", template="variable", host="192.0.2.10")
    content = Content(service=service, color=Color.BLUE, release="v1", generation=1, epoch=1)
    return render(settings, content, Address("192.0.2.10", 8000), Abilities((1, 28, 0), sets_keepalive=True))


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
