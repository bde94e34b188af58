"""What the service managers are told. systemd itself reads its part, where it is; WinSW and NSSM cannot be had."""

import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bluegreen.deployment.errors import CommandFailed
from bluegreen.system import platform
from cli.daemon.nssm import NSSM
from cli.daemon.programs import PROGRAMS, Unit, unit_of
from cli.daemon.steps import Copy, Remove, RunProgram, Write, perform
from cli.daemon.systemd import Systemd
from cli.daemon.windows import Stop, Unregister
from cli.daemon.winsw import WinSW, definition

pytestmark = pytest.mark.unit

#: what an escape may be forgotten for
SECRET = 'redis://:p"$a%s\\s`<&>@127.0.0.1:6379/0'


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    config = tmp_path / "a folder & 100% 'more'" / "bluegreen.toml"
    return unit_of("worker", config, {"BLUEGREEN_REDIS_URL": SECRET, "PATH": "/bin", "FLOWER_BASIC_AUTH": "a:b"})


def given(unit: Unit) -> dict[str, str]:
    """Its environment; on Windows, where its account has another home, it is told where our state lies, too."""
    assert ("STATE_DIRECTORY" in unit.environment) == platform.is_windows()
    return {name: value for name, value in unit.environment.items() if name != "STATE_DIRECTORY"}


def test_a_program_is_given_what_it_needs_of_the_environment_and_no_more(unit: Unit) -> None:
    assert given(unit) == {"BLUEGREEN_REDIS_URL": SECRET}
    flower = unit_of("flower", Path("/x/bluegreen.toml"), {"FLOWER_BASIC_AUTH": "a:b", "BLUEGREEN_REDIS_URL": ""})
    assert given(flower) == {"FLOWER_BASIC_AUTH": "a:b"}


def test_a_worker_is_given_what_its_config_and_docker_name(tmp_path: Path) -> None:
    there = {"DOCKER_HOST": "tcp://10.0.0.9:2376", "CHAT_URL": "https://chat.example/x", "OTHER": "1"}

    assert given(unit_of("worker", tmp_path / "bluegreen.toml", there, ("CHAT_URL", "CHAT_TOKEN"))) == {
        "DOCKER_HOST": "tcp://10.0.0.9:2376",
        "CHAT_URL": "https://chat.example/x",
    }


def test_flower_runs_where_there_is_no_config_file(tmp_path: Path) -> None:
    assert "--config" not in unit_of("flower", tmp_path / "bluegreen.toml", {}).command
    (tmp_path / "bluegreen.toml").touch()
    assert "--config" in unit_of("flower", tmp_path / "bluegreen.toml", {}).command


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_folder_beside_the_config_file_is_taken_for_ours(program: str) -> None:
    command = unit_of(program, Path("bluegreen.toml"), {}).command

    assert Path(command[0]).is_absolute() and command[1] == "-P" and command[-1] == program


# systemd


def test_a_stop_by_systemd_asks_the_worker_alone_and_waits_for_it(unit: Unit, tmp_path: Path) -> None:
    text = _systemd_text(unit, tmp_path)

    assert "KillMode=process\n" in text, "systemd would end colours that are plain processes"
    assert f"TimeoutStopSec={PROGRAMS['worker'].stop_seconds}\n" in text
    assert "User=deploy\n" in text


def test_a_unit_that_works_for_another_folder_is_known(tmp_path: Path) -> None:
    mine, other = (unit_of("worker", tmp_path / name / "bluegreen.toml", {}) for name in ("100%", "b"))
    manager = Systemd("deploy", tmp_path / "units", tmp_path / "secrets")
    assert manager.others_folder(mine) is None

    manager.units.mkdir()
    (manager.units / "bluegreen-worker.service").write_text(manager._text(mine))

    assert (manager.others_folder(mine), manager.others_folder(other)) == (None, None), "that folder is gone"
    mine.folder.mkdir()
    assert (manager.others_folder(mine), manager.others_folder(other)) == (None, str(mine.folder))


def test_each_project_of_a_host_has_units_of_its_own_and_one_user(tmp_path: Path) -> None:
    """They share the state folder that systemd makes, which has one owner."""
    shop = unit_of("worker", tmp_path / "shop" / "bluegreen.toml", {}, project="shop")
    blog = unit_of("worker", tmp_path / "blog" / "bluegreen.toml", {}, project="blog")
    manager = Systemd("deploy", tmp_path / "units", tmp_path / "secrets")
    assert manager.other_user(shop) is None

    perform([step for step in manager.install(shop) if isinstance(step, Write)])

    assert (shop.name, shop.command[-1]) == ("bluegreen-worker-shop", "worker")
    for folder in (shop.folder, blog.folder):
        folder.mkdir()
    assert manager.others_folder(blog) is None and manager.other_user(blog) is None
    other = Systemd("ann", manager.units, manager.secrets)
    assert other.other_user(blog) == ("bluegreen-worker-shop", "deploy")
    assert other.other_user(shop) is None, "it is the one that is replaced"


def test_passwords_are_in_a_file_for_root_alone(unit: Unit, tmp_path: Path) -> None:
    told = Systemd("deploy", tmp_path / "units", tmp_path / "secrets").install(unit)

    perform([step for step in told if isinstance(step, Write)])

    secret = tmp_path / "secrets" / "bluegreen-worker.env"
    assert "6379" in secret.read_text("utf-8")
    if not platform.is_windows():
        assert secret.stat().st_mode & 0o777 == 0o600
    assert "6379" not in (tmp_path / "units" / "bluegreen-worker.service").read_text("utf-8")
    assert not any("6379" in str(step) for step in told), "it would be shown on the terminal"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_systemd_reads_the_unit_without_a_complaint(unit: Unit, tmp_path: Path) -> None:
    unit.folder.mkdir()
    file = tmp_path / "bluegreen-worker.service"
    file.write_text(_systemd_text(unit, tmp_path).replace("User=deploy", "User=root"), "utf-8")

    said = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, timeout=60)

    assert [line for line in said.stderr.splitlines() if file.name in line] == []


@pytest.mark.skipif(platform.is_windows(), reason="the stand-in for systemctl is a shell script")
def test_systemd_is_told_of_a_new_definition_before_it_starts_it(
    unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in, told = tmp_path / "bin" / "systemctl", tmp_path / "told"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/sh\necho "$@" >> {told}\n', "utf-8")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    systemd = Systemd("deploy", tmp_path / "units", tmp_path / "secrets")

    perform([*systemd.install(unit), systemd.start(unit)])
    perform(systemd.uninstall(unit))

    assert told.read_text("utf-8").splitlines() == [
        "daemon-reload",
        "enable bluegreen-worker",
        "restart bluegreen-worker",
        "disable --now bluegreen-worker",
        "daemon-reload",
    ]
    assert not list((tmp_path / "units").iterdir()) and not list((tmp_path / "secrets").iterdir())


# WinSW and NSSM


def test_winsw_reads_what_was_meant(unit: Unit) -> None:
    read = ElementTree.fromstring(definition(unit))

    assert read.findtext("id") == "bluegreen-worker"
    assert read.findtext("workingdirectory") == str(unit.folder)
    assert f'"{unit.folder}' in str(read.findtext("arguments"))
    assert {each.get("name"): each.get("value") for each in read.iter("env")}["BLUEGREEN_REDIS_URL"] == SECRET
    assert read.findtext("stopparentprocessfirst") == "true", "compose would be ended before the phase"
    assert read.findtext("stoptimeout") == "300 sec"


def test_winsw_lies_beside_its_definition_under_the_services_name(unit: Unit, tmp_path: Path) -> None:
    winsw, wrapper = WinSW(tmp_path / "WinSW-x64.exe", tmp_path), tmp_path / "bluegreen-worker.exe"

    copy, write, install = winsw.install(unit)

    assert copy == Copy(winsw.program, wrapper)
    assert isinstance(write, Write) and write.path == wrapper.with_suffix(".xml") and write.secret
    assert install == RunProgram((str(wrapper), "install"))
    assert winsw.runs(unit, f'"{wrapper}"'.upper())
    assert not winsw.runs(unit, r"C:\another\.bluegreen\services\bluegreen-worker.exe")


def test_a_service_that_is_there_is_stopped_and_keeps_its_account(unit: Unit, tmp_path: Path) -> None:
    nssm, winsw = NSSM("nssm", tmp_path), WinSW(tmp_path / "WinSW-x64.exe", tmp_path)

    for told in (nssm.install(unit, r".\ann"), winsw.install(unit, r".\ann")):
        assert told[0] == Stop(unit.name, 300)
        assert not any(word in str(step) for step in told for word in ("nssm install", "exe install", "remove"))

    assert RunProgram(("nssm", "set", unit.name, "Application", unit.command[0])) in nssm.install(unit, r".\ann")
    (write,) = [step for step in winsw.install(unit, r".\ann") if isinstance(step, Write)]
    assert write.readers == (r".\ann",), "it could not read its own definition"


def test_nothing_of_a_service_is_removed_before_it_has_stopped_and_is_gone(unit: Unit, tmp_path: Path) -> None:
    wrapper = tmp_path / "bluegreen-worker.exe"

    assert WinSW(tmp_path / "WinSW-x64.exe", tmp_path).uninstall(unit) == [
        Stop(unit.name, 300),
        Unregister(unit.name, (str(wrapper), "uninstall")),
        Remove(wrapper.with_suffix(".xml")),
        Remove(wrapper),
    ]
    assert NSSM("nssm", tmp_path).uninstall(unit) == [
        Stop(unit.name, 300),
        Unregister(unit.name, ("nssm", "remove", unit.name, "confirm")),
    ]


def test_a_password_that_nssm_is_told_is_in_no_error(unit: Unit, tmp_path: Path) -> None:
    told = [step for step in NSSM("no-such-nssm", tmp_path).install(unit) if "AppEnvironmentExtra" in str(step)]

    with pytest.raises(CommandFailed) as raised:
        perform(told)

    assert "6379" not in str(raised.value)


def test_nssm_spares_the_workers_children_and_gives_the_phase_its_time(unit: Unit, tmp_path: Path) -> None:
    said = [step.arguments[3:] for step in NSSM("nssm", tmp_path).install(unit) if isinstance(step, RunProgram)]

    assert ("AppKillProcessTree", "0") in said
    assert ("AppStopMethodConsole", "300000") in said
    assert ("AppRotateOnline", "1") in said, "the log of a worker that runs for months would have no end"
    assert ("AppEnvironmentExtra", "PYTHONUTF8=1", f"BLUEGREEN_REDIS_URL={SECRET}") in [each[:3] for each in said]
    assert not any("6379" in str(step) for step in NSSM("nssm", tmp_path).install(unit))


def _systemd_text(unit: Unit, folder: Path) -> str:
    (write, *_) = Systemd("deploy", folder / "units", folder / "secrets").install(unit)
    assert isinstance(write, Write)
    return write.text
