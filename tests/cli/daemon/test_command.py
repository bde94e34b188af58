"""Which service manager is taken, and what a person is shown before anything is done."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.machine import Output
from bluegreen.system import platform
from bluegreen.system.platform import Service
from cli.daemon import command, windows
from cli.daemon.systemd import Systemd
from cli.exits import ExitStatus
from cli.main import COMMANDS, bluegreen

pytestmark = pytest.mark.unit

CONFIG = """
[services.hello]
processes.command = ["app"]
ports = {blue = 8000, green = 8001}
[[services.hello.proxies]]
container = "proxy"
file = "app.inc"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bluegreen.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch):
    """Makes this host one of the system with these programs on its PATH."""

    def is_now(windows: bool, *programs: str) -> None:
        monkeypatch.setattr(platform, "is_windows", lambda: windows)
        monkeypatch.setattr(platform, "which", lambda name: f"/bin/{name}" if name in programs else None)

    return is_now


def service(folder: Path, *arguments: str) -> Result:
    config = str(folder / "bluegreen.toml")
    return CliRunner().invoke(bluegreen, ["--config", config, "daemon", *arguments], standalone_mode=False)


def test_a_dry_run_shows_every_step_and_does_none(folder: Path, host) -> None:
    host(True, "nssm", "winsw")

    shown = service(folder, "install", "--dry-run").output

    assert "run /bin/nssm set bluegreen-worker AppKillProcessTree 0" in shown
    assert shown.rstrip().endswith("run net start bluegreen-worker")
    assert [each.name for each in folder.iterdir()] == ["bluegreen.toml"]


@pytest.mark.parametrize("manager", ["nssm", "WinSW-x64", "systemctl"])
@pytest.mark.parametrize("started", [True, False])
def test_a_service_is_left_stopped_when_that_is_asked_for(folder: Path, host, manager: str, started: bool) -> None:
    host(manager != "systemctl", manager)

    shown = service(folder, "install", "beat", "--dry-run", *([] if started else ["--no-start"])).output

    assert bool(re.search("run (net start|systemctl restart) bluegreen-beat", shown)) is started


def test_a_service_that_is_there_keeps_its_account_and_is_not_made_anew(folder: Path, host, monkeypatch) -> None:
    host(True, "nssm")
    monkeypatch.setattr(platform, "service", lambda _: Service("running", r".\ann", r"C:\tools\nssm.exe"))

    shown = service(folder, "install", "--dry-run").output

    assert shown.startswith("run net stop bluegreen-worker, and wait")
    assert "set bluegreen-worker Application" in shown
    assert "nssm install" not in shown and "nssm remove" not in shown


def test_a_service_of_another_folder_is_not_overwritten(folder: Path, host, monkeypatch) -> None:
    host(True, "WinSW-x64")
    other = Service("running", "LocalSystem", r"C:\other\bluegreen-beat.exe")
    monkeypatch.setattr(platform, "service", lambda _: other)

    refused = service(folder, "install", "beat", "--dry-run")

    assert other.binary in str(refused.exception)
    assert "sc.exe delete bluegreen-beat" in str(refused.exception)


@pytest.mark.parametrize("verb", ["install", "uninstall"])
def test_a_unit_of_another_folder_is_neither_overwritten_nor_removed(
    folder: Path, host, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    host(False, "systemctl")
    monkeypatch.setattr(Systemd, "others_folder", lambda *_: "/srv/other")

    refused = service(folder, verb, "worker", "--dry-run")

    assert "bluegreen-worker works for /srv/other already" in str(refused.exception)
    assert "in /srv/other: sudo bluegreen daemon uninstall worker" in str(refused.exception)
    assert refused.output == ""


def test_a_name_gives_the_project_units_of_its_own(folder: Path, host) -> None:
    host(False, "systemctl")

    shown = service(folder, "install", "--name", "shop", "--dry-run").output

    assert "bluegreen-worker-shop.service" in shown and "run systemctl restart bluegreen-worker-shop" in shown


@pytest.mark.parametrize("name", ["", "Shop", "a b", "../x", "-x", "x" * 41])
def test_a_name_that_is_no_name_of_a_unit_is_refused(folder: Path, host, name: str) -> None:
    host(False, "systemctl")

    refused = service(folder, "install", "--name", name, "--dry-run")

    assert refused.exception and "small letters, digits and dashes" in str(refused.exception)


def test_a_unit_of_another_user_shares_no_state(folder: Path, host, monkeypatch: pytest.MonkeyPatch) -> None:
    host(False, "systemctl")
    monkeypatch.setattr(Systemd, "other_user", lambda *_: ("bluegreen-worker-shop", "deploy"))

    refused = service(folder, "install", "--name", "blog", "--user", "ann", "--dry-run")

    assert "bluegreen-worker-shop runs as deploy, and this one would as ann" in str(refused.exception)
    assert "--user deploy" in str(refused.exception)


@pytest.mark.parametrize(
    ("version", "refused"),
    [((2, 24, 0, 0), True), ((2, 24, 101, 5), False), ((2, 25, 0, 0), False), (None, False)],
)
def test_an_nssm_that_starts_nothing_is_refused(
    folder: Path, host, monkeypatch, version: tuple[int, ...] | None, refused: bool
) -> None:
    host(True, "nssm")
    monkeypatch.setattr(platform, "version_in", lambda program, product: version)

    ended = service(folder, "install", "--dry-run")

    assert isinstance(ended.exception, UsageError) is refused
    assert not refused or "2.24-101 or later" in str(ended.exception)


def test_who_installs_is_told_as_whom_it_runs(folder: Path, host, monkeypatch) -> None:
    host(True, "nssm")
    monkeypatch.setattr(command, "perform", lambda steps: None)
    monkeypatch.setattr(platform, "service", lambda _: Service("running", "LocalSystem", "nssm.exe"))

    assert "bluegreen-worker runs as LocalSystem." in service(folder, "install").output
    assert "installed as LocalSystem, and not started" in service(folder, "install", "--no-start").output


def test_an_uninstall_that_does_not_remove_the_service_is_no_success(folder: Path, host, monkeypatch) -> None:
    host(True, "nssm")
    monkeypatch.setattr(platform, "service", lambda _: Service("stopped", "LocalSystem", "nssm.exe"))
    monkeypatch.setattr(windows, "run", lambda *_, **__: Output(5, "access is denied"))

    ended = service(folder, "uninstall")

    assert "bluegreen-worker is still there" in str(ended.exception)


def test_winsw_is_refused_where_it_would_take_the_site_down_with_the_worker(folder: Path, host) -> None:
    host(True, "WinSW-x64")

    refused = service(folder, "install", "--dry-run")

    assert isinstance(refused.exception, UsageError)
    assert "WinSW would end the colours of hello together with the worker" in str(refused.exception)


@pytest.mark.parametrize(
    ("windows", "what"), [(True, "neither NSSM nor WinSW on the PATH"), (False, "this host has no systemd")]
)
def test_a_host_without_a_service_manager_is_told_so(folder: Path, host, windows: bool, what: str) -> None:
    host(windows)

    assert what in str(service(folder, "install").exception)


def test_a_program_that_this_version_does_not_have_is_not_installed(folder: Path, host, monkeypatch) -> None:
    host(False, "systemctl")
    monkeypatch.delitem(COMMANDS, "worker")

    assert "this version has no `bluegreen worker`" in str(service(folder, "install", "worker").exception)


def test_without_a_config_file_no_worker_is_installed(tmp_path: Path, host) -> None:
    host(False, "systemctl")

    assert "there is no config file" in str(service(tmp_path, "install").exception)


@pytest.mark.parametrize(
    ("windows", "answer", "status"),
    [
        (False, Output(0, "active\n"), ExitStatus.SUCCEEDED),
        (False, Output(3, "failed\n"), ExitStatus.USAGE),
        (False, Output(4, "inactive\n"), ExitStatus.USAGE),
        (True, Output(0, "        STATE              : 4  RUNNING\n"), ExitStatus.SUCCEEDED),
        (True, Output(0, "        STATE              : 1  STOPPED\n"), ExitStatus.USAGE),
        (True, Output(1060, "The specified service does not exist as an installed service.\n"), ExitStatus.USAGE),
    ],
)
def test_the_status_of_a_service_that_does_not_run_is_an_exit_status(
    folder: Path, host, monkeypatch, windows: bool, answer: Output, status: ExitStatus
) -> None:
    host(windows, "systemctl", "nssm")
    monkeypatch.setattr(command, "run", lambda arguments, timeout: answer)

    shown = service(folder, "status")

    assert shown.output.strip() == f"bluegreen-worker: {answer.text.strip()}"
    # outside its standalone mode, click answers with the status of a command that ended by Exit
    assert (shown.return_value or ExitStatus.SUCCEEDED) == status
