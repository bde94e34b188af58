"""adopt on real projects: nobody notices, and all can be given back."""

import subprocess
import time
from pathlib import Path

import pytest

from bluegreen import http
from cli.demo.servers import Server, find_nginx, free_port, listens
from tests.cli.adopt.kinds import KINDS, Kind
from tests.cli.adopt.project import COMPOSE, DIRECT, Load, Project
from tests.cli.adopt.test_finish import worker
from tests.compose.app import eventually

pytestmark = pytest.mark.docker
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
SHORT = "an upstream of its own, several locations"


def certificate(folder: Path) -> None:
    subject = ["-subj", "/CN=shop.example.org", "-addext", "subjectAltName=DNS:shop.example.org,IP:127.0.0.1"]
    files = ["-keyout", str(folder / "site.key"), "-out", str(folder / "site.crt")]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *files, *subject]
    subprocess.run(new, check=True, capture_output=True)


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, id=name, marks=[] if name == SHORT else pytest.mark.long) for name, kind in KINDS.items()],
)
def test_each_kind_is_adopted_under_load_and_given_back(
    project: Project, kind: Kind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, redis_url: str, redis: object
) -> None:
    prepare(project, kind, monkeypatch)
    project.env["BLUEGREEN_REDIS_URL"] = redis_url
    before, left, name, nginx = project.texts(), project.left(), project.name, f"{project.name}-nginx-1"
    started = project.inspect(nginx)["State"]
    arguments = (name,) if kind.service == "web" else (name, "--service", kind.service)

    shown = project.bluegreen("adopt", *arguments)
    assert project.texts() == before and "Nothing was changed" in shown
    assert "nginx-1: the reload closes idle kept connections" in shown and "are open at this moment" in shown
    for each in (*kind.shows, *kind.says):
        assert project.filled(each) in shown, shown

    with Load(project.site).running() as load:
        project.bluegreen("adopt", *arguments, "--yes")
        assert set(project.texts()) - set(before) == set(map(project.filled, kind.new))
        assert project.served() == "before"
        with_worker = worker(project, tmp_path, redis_url)
        try:
            project.bluegreen("deploy", name, "--ref", "v1")
            assert project.served(kind.path) == "v1"
        finally:
            with_worker.stop()
        project.bluegreen("adopt", "--undo", "--yes")
        assert project.served(kind.path) == "before"
    assert (load.failed, load.good > 50) == ([], True)
    assert project.inspect(nginx)["State"] == started
    assert (project.texts(), project.left()) == (before, left)


def prepare(project: Project, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Afterwards it runs."""
    project.write(kind.files)
    if kind.scheme == "https":
        certificate(project.folder / "nginx")
        project.site = project.site.replace("http:", "https:")
        project.env["REQUESTS_CA_BUNDLE"] = str(project.folder / "nginx" / "site.crt")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", project.env["REQUESTS_CA_BUNDLE"])
    project.build(f"{project.name}-app:1")
    project.up()


def test_an_nginx_that_is_replaced_for_a_mount_loses_what_comes_meanwhile_and_nothing_else(
    project: Project,
) -> None:
    alone = '["./site.conf:/etc/nginx/conf.d/default.conf"]'
    with_folder = alone.replace("]", ', "./nginx-bluegreen:/etc/nginx/bluegreen"]')
    compose = COMPOSE.replace('["./nginx:/etc/nginx/conf.d"]', alone)
    project.write({"docker-compose.yml": compose, "site.conf": DIRECT})
    project.up()
    said = project.bluegreen("adopt")
    assert "`volumes: [./nginx-bluegreen:/etc/nginx/bluegreen]`" in said
    assert "the site is away for about two seconds" in said

    project.write({"docker-compose.yml": compose.replace(alone, with_folder)})
    with Load(project.site).running() as load:
        eventually(lambda: load.good > 50)
        began = time.monotonic()
        project.compose("up", "--detach")
        eventually(lambda: http.get(project.site, 2).status == 200)
        ended = time.monotonic()
        said = project.bluegreen("adopt", "--yes")
        good = load.good
        eventually(lambda: load.good > good + 50)

    assert 'file = "nginx-bluegreen/bluegreen-web.inc"' in said and project.served() == "before"
    assert load.failed and all(began - 1 < each < ended for each in load.failed_at), load.failed
    away = max(load.failed_at) - min(load.failed_at)
    print(f"away for {away:.1f} s, {len(load.failed)} requests of {load.good + len(load.failed)}")
    assert away < 10  # about two seconds; a busy machine takes longer


def test_what_is_in_the_image_is_printed_line_by_line_and_adopted_once_it_is_there(project: Project) -> None:
    baked = "FROM NGINX\nLABEL bluegreen.test=NAME\nCOPY . /etc/nginx/conf.d/\n"
    compose = COMPOSE.replace("    image: NGINX\n", "    build: ./edge\n").replace(
        '    volumes: ["./nginx:/etc/nginx/conf.d"]\n', ""
    )
    project.write({"docker-compose.yml": compose, "edge/Dockerfile": baked, "edge/default.conf": DIRECT})
    project.up()
    before = project.texts()

    said = project.bluegreen("adopt", "--yes", status=2)
    assert "-        proxy_pass http://web:8000;\n+        proxy_pass http://web;" in said
    assert f"{project.name}-nginx-1:/etc/nginx/conf.d/default.conf" in said and project.texts() == before

    own = said.partition("+++ ")[2].partition("---")[0]
    lines = [line[1:] for line in own.splitlines() if line.startswith("+")]
    changed = project.filled(DIRECT).replace("http://web:8000", "http://web")
    project.write(
        {
            "edge/bluegreen-web.inc": "\n".join(lines) + "\n",
            "edge/default.conf": f"include /etc/nginx/conf.d/bluegreen-web.inc;\n{changed}",
        }
    )
    project.up()
    said = project.bluegreen("adopt", "--yes")
    assert 'copy_to = "/etc/nginx/conf.d/bluegreen-web.inc"' in said and project.served() == "before"


def test_an_nginx_on_this_host_goes_by_a_published_port(project: Project, tmp_path: Path) -> None:
    port, conf = free_port(), tmp_path / "edge" / "nginx.conf"
    compose = COMPOSE.partition("  nginx:")[0].replace(
        "WEB\n", f'  web:\n    build: .\n    ports: ["127.0.0.1:{port}:8000"]\n'
    )
    project.write({"docker-compose.yml": compose})
    project.compose("up", "--detach", "--build")
    conf.parent.mkdir()
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (conf.parent / name).mkdir()
    site = (
        f"    server {{ listen 127.0.0.1:{project.port}; location / {{ proxy_pass http://127.0.0.1:{port}; }} }}\n"
    )
    paths = "".join(f"    {each}_temp_path {conf.parent}/{each.removeprefix('client_')};\n" for each in TEMPORARY)
    conf.write_text(
        f"daemon off;\npid {conf.parent}/nginx.pid;\nerror_log {conf.parent}/error.log;\nevents {{ }}\n"
        f"http {{\n    access_log off;\n{paths}{site}}}\n"
    )
    before = conf.read_text()
    with Server([find_nginx(), "-c", str(conf)], tmp_path / "nginx.log") as server:
        server.wait_until(lambda: listens(project.port), "nginx")
        eventually(lambda: http.get(project.site, 2).status == 200)
        with Load(project.site).running() as load:
            said = project.bluegreen("adopt", "--yes")
        assert (load.failed, load.good > 50) == ([], True)
        assert f'conf = "{conf}"' in said and "[services.web.ports]" in said
        assert f"include {conf.parent}/bluegreen-web.inc;" in conf.read_text()
        assert "the application gets `web` in place of" in said
        project.bluegreen("adopt", "--undo", "--yes")
        assert conf.read_text() == before and project.served() == "before"


def test_what_nginx_refuses_is_put_back_and_was_never_in_force(project: Project) -> None:
    site = DIRECT.replace("    location", "    include /etc/nginx/conf.d/*.inc;\n    location")
    project.write({"docker-compose.yml": COMPOSE, "nginx/site.conf": site})
    project.up()
    before = project.texts()

    said = project.bluegreen("adopt", "--yes", status=2)
    assert "nginx refuses its configuration" in said and '"upstream" directive is not allowed here' in said
    assert project.texts() == before and project.served() == "before"

    (project.folder / "nginx" / "later.conf").write_text("server { listen 81; nonsense on; }\n")
    said = project.bluegreen("adopt", "--yes", status=2)
    assert "refuses its configuration as it is now" in said and 'unknown directive "nonsense"' in said


@pytest.mark.parametrize(
    ("compose", "arguments", "what"),
    [
        (COMPOSE, ("--service", "shop"), "the project has no service shop that runs"),
        (COMPOSE, ("--project", "nobody"), "no Compose project nobody runs"),
        (COMPOSE.replace("[web]", "[web, ghost]"), (), "docker compose does not take"),
    ],
)
def test_bad_input_changes_nothing(project: Project, compose: str, arguments: tuple[str, ...], what: str) -> None:
    project.write({"docker-compose.yml": COMPOSE, "nginx/site.conf": DIRECT})
    project.up()
    project.write({"docker-compose.yml": compose})
    before = project.texts()

    assert what in project.bluegreen("adopt", "--yes", *arguments, status=2)
    assert project.texts() == before


def test_a_config_that_exists_is_left_as_it_is(project: Project) -> None:
    project.write({"bluegreen.toml": "mine"})

    assert "left as it is" in project.bluegreen("adopt", "--yes", status=2)
    assert (project.folder / "bluegreen.toml").read_text() == "mine"


def test_without_an_engine_it_says_so(project: Project) -> None:
    project.env["DOCKER_HOST"] = "unix:///nowhere.sock"

    assert "the Docker Engine does not answer" in project.bluegreen("adopt", status=2)
