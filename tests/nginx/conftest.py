from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.settings.service import ProxySettings
from cli.demo.servers import Server, find_nginx, free_port, listens, nginx_server
from nginx.file.plain_file import PlainFile
from nginx.host import Host
from nginx.proxy import Proxy


@pytest.fixture
def allowed() -> NeverCancelled:
    return NeverCancelled()


@pytest.fixture
def site() -> int:
    return free_port()


@pytest.fixture
def server(tmp_path: Path, site: int) -> Iterator[Server]:
    """A running nginx to which nothing has been deployed yet."""
    with nginx_server(tmp_path, site) as server:
        server.wait_until(lambda: listens(site), "nginx")
        yield server


@pytest.fixture
def make_proxy(tmp_path: Path) -> Callable[..., Proxy]:
    """A proxy for the running nginx; `file` names its file in conf.d."""

    def make(file: str = "app.inc", folder: Path = tmp_path, **settings: object) -> Proxy:
        conf, path = folder / "nginx.conf", folder / "conf.d" / file
        values = {"conf": conf, "file": path, "binary": find_nginx(), "status_port": free_port(), **settings}
        checked = ProxySettings.model_validate(values)
        return Proxy(checked, "web", Host(checked.binary, conf), PlainFile(path))

    return make
