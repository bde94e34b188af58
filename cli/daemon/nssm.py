"""Services of Windows by NSSM, which keeps their definitions in the registry. Pure."""

from dataclasses import dataclass
from pathlib import Path
from subprocess import list2cmdline

from bluegreen.deployment.machine import Output
from cli.daemon.programs import Unit
from cli.daemon.steps import MakeFolder, RunProgram, Step
from cli.daemon.windows import Stop, Unregister

#: bytes after which a log file is put aside
LOG_SIZE = 10 * 1024 * 1024


#: NSSM 2.24 itself starts nothing on Windows 10 from 1703 on, and cannot spare the program's children
OLDEST = (2, 24, 101)


@dataclass(frozen=True)
class NSSM:
    """NSSM 2.24-101 or later; logs go to `folder`."""

    program: str
    folder: Path

    def install(self, unit: Unit, account: str | None = None) -> list[Step]:
        """Afterwards it starts with the system. One that is there, with this account, is stopped, and keeps it."""
        settings = [("Application", unit.command[0]), *self._settings(unit)]
        return [
            RunProgram((self.program, "install", unit.name, unit.command[0]))
            if account is None
            else Stop(unit.name, unit.stop_seconds),
            MakeFolder(self.folder),  # NSSM does not, and starts nothing whose log it cannot open
            *(RunProgram((self.program, "set", unit.name, *setting)) for setting in settings),
            *self._variables(unit),
        ]

    def start(self, unit: Unit) -> Step:
        """Afterwards it runs."""
        return RunProgram(("net", "start", unit.name))

    def uninstall(self, unit: Unit) -> list[Step]:
        """Afterwards it is stopped, gracefully, and unknown; its logs stay."""
        return [
            Stop(unit.name, unit.stop_seconds),
            Unregister(unit.name, (self.program, "remove", unit.name, "confirm")),
        ]

    def runs(self, unit: Unit, binary: str) -> bool:
        """Whether it is NSSM that a service with this command line runs through."""
        return "nssm" in binary.lower()

    def status(self, unit: Unit) -> RunProgram:
        """What Windows says of it."""
        return RunProgram(("sc", "query", unit.name), may_fail=True)

    def says_it_runs(self, status: Output) -> bool:
        """Whether that answer means so: `sc` ends with 0 for one that is stopped, too."""
        return status.status == 0 and "RUNNING" in status.text

    def _settings(self, unit: Unit) -> list[tuple[str, ...]]:
        log = str(self.folder / f"{unit.name}.log")
        return [
            ("AppParameters", list2cmdline(unit.command[1:])),
            ("AppDirectory", str(unit.folder)),
            ("Description", unit.description),
            ("Start", "SERVICE_DELAYED_AUTO_START"),
            ("AppExit", "Default", "Restart"),
            ("AppRestartDelay", "5000"),
            # milliseconds after a Ctrl+C in which the phase in hand may end
            ("AppStopMethodConsole", str(unit.stop_seconds * 1000)),
            # colours that are processes serve the site, whether or not the worker runs
            ("AppKillProcessTree", "0"),
            ("AppStdout", log),
            ("AppStderr", log),
            ("AppRotateFiles", "1"),
            ("AppRotateOnline", "1"),  # not only when it starts
            ("AppRotateBytes", str(LOG_SIZE)),
        ]

    def _variables(self, unit: Unit) -> list[Step]:
        pairs = {"PYTHONUTF8": "1", **unit.environment}
        words = tuple(f"{name}={value}" for name, value in pairs.items())
        setting = (self.program, "set", unit.name, "AppEnvironmentExtra", *words)
        return [RunProgram(setting, secret=bool(unit.environment))]
