"""Services of Windows by NSSM, which keeps their definitions in the registry. Pure."""

from dataclasses import dataclass
from pathlib import Path
from subprocess import list2cmdline

from cli.service.programs import Unit
from cli.service.steps import MakeFolder, Run, Step
from deployment.machine import Output

#: bytes after which a log file is put aside
LOG_SIZE = 10 * 1024 * 1024


@dataclass(frozen=True)
class NSSM:
    """NSSM 2.24 or later; logs go to `folder`."""

    program: str
    folder: Path

    def install(self, unit: Unit) -> list[Step]:
        """Afterwards it runs, and starts with the system; a changed definition is taken up."""
        settings = self._settings(unit)
        return [
            *self.uninstall(unit),
            MakeFolder(self.folder),  # NSSM does not, and starts nothing whose log it cannot open
            Run((self.program, "install", unit.name, unit.command[0])),
            *(Run((self.program, "set", unit.name, *setting)) for setting in settings),
            *self._variables(unit),
            Run(("net", "start", unit.name)),
        ]

    def uninstall(self, unit: Unit) -> list[Step]:
        """Afterwards it is stopped, gracefully, and unknown; its logs stay."""
        return [
            Run(("net", "stop", unit.name), may_fail=True, patience=unit.stop_seconds),
            Run((self.program, "remove", unit.name, "confirm"), may_fail=True),
        ]

    def status(self, unit: Unit) -> Run:
        """What Windows says of it."""
        return Run(("sc", "query", unit.name), may_fail=True)

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
            ("AppRotateBytes", str(LOG_SIZE)),
        ]

    def _variables(self, unit: Unit) -> list[Step]:
        pairs = {"PYTHONUTF8": "1", **unit.environment}
        words = tuple(f"{name}={value}" for name, value in pairs.items())
        setting = (self.program, "set", unit.name, "AppEnvironmentExtra", *words)
        return [Run(setting, secret=bool(unit.environment))]
