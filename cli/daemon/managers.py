"""Which service manager this host has, and what it must not be asked for."""

from pathlib import Path

from bluegreen.deployment.errors import UsageError
from bluegreen.settings.service import Config
from bluegreen.system import environment, platform, state_folder
from cli.daemon.nssm import NSSM, OLDEST
from cli.daemon.programs import Unit
from cli.daemon.systemd import Systemd
from cli.daemon.winsw import WinSW

Manager = Systemd | WinSW | NSSM
#: the names under which WinSW is downloaded
WINSW = ("winsw", "WinSW-x64", "WinSW.NET461", "WinSW.NET4")


def manager_of_host(user: str | None = None) -> Manager:
    """systemd, whose services run as the user; on Windows NSSM, else WinSW. UsageError when there is none."""
    if not platform.is_windows():
        if not platform.which("systemctl"):
            raise UsageError(
                "this host has no systemd", advice="Let its own service manager run: bluegreen worker"
            )
        return Systemd(user or environment.person())
    folder = state_folder.path_of(environment.config_path()) / "daemons"
    if nssm := platform.which("nssm"):
        return NSSM(nssm, folder)
    for name in WINSW:
        if winsw := platform.which(name):
            return WinSW(Path(winsw), folder)
    raise UsageError(
        "there is neither NSSM nor WinSW on the PATH",
        advice="Windows runs as a service only what is made for it, or wrapped. Put nssm.exe or WinSW-x64.exe into"
        " a folder of the PATH, and try again.",
    )


def require_recent(manager: Manager) -> None:
    """Raise UsageError for an NSSM that says that it is too old."""
    if (
        isinstance(manager, NSSM)
        and (version := platform.version_in(manager.program, "NSSM"))
        and version < OLDEST
    ):
        raise UsageError(
            f"{manager.program} is NSSM {version[0]}.{version[1]}",
            "It starts no service on Windows 10 from 1703 on, and would end colours together with the worker.",
            "Put NSSM 2.24-101 or later in its place: nssm.cc offers it as a pre-release.",
        )


def require_spared_children(manager: Manager, program: str, config: Config) -> None:
    """Raise UsageError where WinSW would end colours that are plain processes with the worker: an outage."""
    if program != "worker" or not isinstance(manager, WinSW):
        return
    if names := [name for name, service in config.services.items() if service.processes]:
        raise UsageError(
            f"WinSW would end the colours of {', '.join(names)} together with the worker",
            "They are plain processes, and WinSW ends whatever its program has started.",
            "Use NSSM for this host: put nssm.exe into a folder of the PATH.",
        )


def require_own_folder(manager: Manager, unit: Unit) -> None:
    """Raise UsageError for a unit of our name that works for the config file of another folder."""
    if isinstance(manager, Systemd) and (folder := manager.others_folder(unit)):
        raise UsageError(
            f"{unit.name} works for {folder} already",
            f"This is {unit.folder}; a host has one {unit.name}, for all services of its config file.",
            f"Give this one a name of its own (--name shop); or have both in one config file, and, in {folder}: "
            f"sudo bluegreen daemon uninstall {unit.command[-1]}",
        )


def require_same_user(manager: Manager, unit: Unit) -> None:
    """Raise UsageError where another unit of ours runs as somebody else: they share a state folder."""
    if isinstance(manager, Systemd) and (other := manager.other_user(unit)):
        name, user = other
        raise UsageError(
            f"{name} runs as {user}, and this one would as {manager.user}",
            "systemd gives /var/lib/bluegreen, where all of them keep their state, to one user.",
            f"Install this one with --user {user}, or uninstall that one first.",
        )


def require_own(manager: Manager, unit: Unit, known: platform.Service) -> None:
    """Raise UsageError for a service of our name that another program runs: its settings would do nothing."""
    if not manager.runs(unit, known.binary):
        raise UsageError(
            f"there is a service {unit.name} already, of another kind or another folder",
            f"It runs {known.binary}",
            f"Give this one a name of its own (--name shop); or remove that one, as an administrator: "
            f"net stop {unit.name}; sc.exe delete {unit.name}",
        )
