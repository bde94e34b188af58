"""doctor's questions to the nginx of a project that runs, and the config of one with two compose files."""

import pytest

from bluegreen.deployment.errors import ProxyRefused
from bluegreen.settings import config_file
from bluegreen.settings.service import ProxySettings
from cli.doctor import proxies
from cli.doctor.findings import Advice
from compose.container import Container
from nginx.file.plain_file import PlainFile
from nginx.proxy import Proxy
from tests.cli.adopt.project import COMPOSE, DIRECT, Project

pytestmark = pytest.mark.docker


def proxy_with(project: Project, file: str) -> Proxy:
    path, container = project.folder / "nginx" / file, f"{project.name}-nginx-1"
    settings = ProxySettings.model_validate({"container": container, "file": path})
    return Proxy(settings, "web", Container(container), PlainFile(path))


def test_an_old_nginx_cuts_connections_and_what_it_reads_is_known_by_its_own_word(project: Project) -> None:
    old = COMPOSE.replace("NGINX", project.images["NGINX_OLD_IMAGE"])
    project.write({"docker-compose.yml": old, "nginx/site.conf": DIRECT})
    project.up()
    for name in ("app.conf", "forgotten.inc"):
        (project.folder / "nginx" / name).write_text("upstream app { server 127.0.0.1:1 down; }\n")

    with pytest.raises(Advice, match=r"nginx 1\.22\.1 closes idle kept connections"):
        proxies.keepalive(proxy_with(project, "site.conf"))
    assert "nginx reads" in proxies.include(proxy_with(project, "app.conf"))
    with pytest.raises(ProxyRefused, match="the upstream app is in another file"):
        proxies.include(proxy_with(project, "forgotten.inc"))
    with pytest.raises(ProxyRefused, match="has more in it than upstream app"):
        proxies.include(proxy_with(project, "site.conf"))
    (project.folder / "nginx" / "app.conf").unlink()
    with pytest.raises(ProxyRefused, match="nginx does not read"):
        proxies.include(proxy_with(project, "forgotten.inc"))


def test_a_project_with_a_file_for_each_colour_gets_a_config_for_these(project: Project) -> None:
    web = 'services:\n  web-COLOR:\n    build: .\n    ports: ["127.0.0.1:PORT:8000"]\n'
    colors = {
        f"docker-compose.{color}.yml": web.replace("COLOR", color).replace("PORT", port)
        for color, port in (("blue", "9000"), ("green", "9001"))
    }
    project.write({"docker-compose.yml": COMPOSE, "nginx/site.conf": DIRECT, **colors})
    project.up()

    assert 'service = "web-{color}"' in project.bluegreen("adopt", "--dry-run")
    assert not (project.folder / "bluegreen.toml").exists()
    project.bluegreen("adopt")

    service = config_file.load(project.folder / "bluegreen.toml").services[project.name]
    assert service.compose and service.compose.service == "web-{color}"
    assert service.compose.shared == ("docker-compose.yml",)
    assert project.bluegreen("plan", project.name)
