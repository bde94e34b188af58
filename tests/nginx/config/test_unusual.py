"""A real nginx in a folder with a space, whose upstream is called as few are, with a text in Latin-1 beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bluegreen.deployment.cancellation import NeverCancelled
from cli.demo.servers import listens, nginx_server
from nginx.proxy import Proxy
from tests.nginx.turning import marker, turn

pytestmark = pytest.mark.real


def test_it_is_switched_and_its_log_is_found(
    tmp_path_factory: pytest.TempPathFactory, make_proxy: Callable[..., Proxy], allowed: NeverCancelled, site: int
) -> None:
    folder = tmp_path_factory.mktemp("a site")
    with nginx_server(folder, site, "my-app.v2") as server:
        server.wait_until(lambda: listens(site), "nginx")
        (folder / "conf.d" / "more.inc").write_text("# für alle\n", encoding="latin-1")
        proxy = make_proxy(name="my-app.v2", file="my-app.v2.inc", folder=folder)

        proxy.file.path.write_text("# für alle\nupstream my-app.v2 { server 127.0.0.1:1; }\n", encoding="latin-1")
        assert proxy.check_included()

        turn([proxy], marker(), allowed)

        assert proxy.served() == marker()
        assert [Path(log.path) for log in proxy.capabilities().access_logs] == [folder / "access.log"]
