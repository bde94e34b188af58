"""How an nginx of this host is called, and where its relative paths begin."""

import sys
from pathlib import Path

import pytest

from bluegreen.deployment.errors import NotRunning
from bluegreen.deployment.machine import Output
from bluegreen.system import platform, programs
from nginx.host import Host

pytestmark = pytest.mark.unit


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of what was run."""
    found: list[list[str]] = []

    def run(arguments: list[str], **_: float) -> Output:
        found.append(list(arguments))
        return Output(0, "configure arguments: --pid-path=logs/nginx.pid")

    monkeypatch.setattr(programs, "run", run)
    return found


@pytest.mark.parametrize(("conf", "prefix"), [("site/nginx.conf", "site"), ("nginx/conf/nginx.conf", "nginx")])
@pytest.mark.parametrize("has_prefix", [True, False], ids=["built in", "none"])
def test_nginx_is_told_where_its_paths_begin_unless_it_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ran: list[list[str]], conf: str, prefix: str, has_prefix: bool
) -> None:
    monkeypatch.setattr(platform, "NGINX_HAS_PREFIX", has_prefix)
    host = Host("nginx", tmp_path / conf)

    host.run("nginx", "-s", "reload")
    host.run("other", "x")

    told = [] if has_prefix else ["-p", str(tmp_path / prefix)]
    assert ran == [["nginx", *told, "-c", str(tmp_path / conf), "-s", "reload"], ["other", "x"]]


def test_this_system_is_one_of_the_two() -> None:
    assert platform.NGINX_HAS_PREFIX is not platform.is_windows()


@pytest.mark.parametrize("text", ["# für", "pid logs/nginx.pid;", 'user a; pid "logs/nginx.pid"; # pid x;'])
@pytest.mark.parametrize("conf", ["nginx.conf", "conf/nginx.conf"])
def test_the_pid_file_is_where_nginx_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ran: list[list[str]], text: str, conf: str
) -> None:
    monkeypatch.setattr(platform, "NGINX_HAS_PREFIX", False)
    (tmp_path / conf).parent.mkdir(exist_ok=True)
    (tmp_path / conf).write_text(text, encoding="latin-1")

    assert Host("nginx", tmp_path / conf)._pid_file() == tmp_path / "logs" / "nginx.pid"


@pytest.mark.skipif(sys.platform == "win32", reason="such a build is of another system")
@pytest.mark.parametrize("named", [True, False])
def test_a_build_may_name_its_folder_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    says = "configure arguments: --prefix=/srv/edge" if named else "configure arguments:"
    monkeypatch.setattr(platform, "NGINX_HAS_PREFIX", True)
    monkeypatch.setattr(programs, "run", lambda *_, **__: Output(0, says))
    (tmp_path / "nginx.conf").write_text("")

    prefix = Path("/srv/edge" if named else "/usr/local/nginx")
    assert Host("nginx", tmp_path / "nginx.conf")._pid_file() == prefix / "logs" / "nginx.pid"


def test_one_that_does_not_run_is_to_be_started_as_it_is_called_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]
) -> None:
    monkeypatch.setattr(platform, "NGINX_HAS_PREFIX", False)
    (tmp_path / "nginx.conf").write_text("")

    with pytest.raises(NotRunning) as raised:
        Host("nginx", tmp_path / "nginx.conf").nginx_workers()

    assert raised.value.advice == f"Start it: nginx -p {tmp_path} -c {tmp_path / 'nginx.conf'}"
