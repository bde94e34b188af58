"""Units for systemd: `cli.daemon.steps` does what is said here."""

import re
from dataclasses import dataclass
from pathlib import Path

from bluegreen.deployment.machine import Output
from cli.daemon.programs import Unit
from cli.daemon.steps import Remove, RunProgram, Step, Write

#: a Redis that has just been started may read its data for five minutes; a sweep takes seconds
NOTIFIES = """\
# It says when it is ready, and that it does not hang: one that does is killed, and started again.
Type=notify
TimeoutStartSec=360
WatchdogSec=180
"""


@dataclass(frozen=True)
class Systemd:
    """The system's own systemd; its services run as `user`."""

    user: str
    units: Path = Path("/etc/systemd/system")
    secrets: Path = Path("/etc/bluegreen")

    def install(self, unit: Unit, account: str | None = None) -> list[Step]:
        """Afterwards it starts with the system; a changed definition is taken up by the next start."""
        return [
            Write(self.units / f"{unit.name}.service", self._text(unit)),
            Write(self._secrets_of(unit), _variables(unit), secret=True),
            RunProgram(("systemctl", "daemon-reload")),
            RunProgram(("systemctl", "enable", unit.name)),
        ]

    def start(self, unit: Unit) -> Step:
        """Afterwards it runs as it is defined now."""
        return RunProgram(("systemctl", "restart", unit.name), patience=unit.stop_seconds)

    def uninstall(self, unit: Unit) -> list[Step]:
        """Afterwards it is stopped, gracefully, and unknown."""
        return [
            RunProgram(("systemctl", "disable", "--now", unit.name), may_fail=True, patience=unit.stop_seconds),
            Remove(self.units / f"{unit.name}.service"),
            Remove(self._secrets_of(unit)),
            RunProgram(("systemctl", "daemon-reload")),
        ]

    def runs(self, unit: Unit, binary: str) -> bool:
        """There is no other one that could."""
        return True

    def others_folder(self, unit: Unit) -> str | None:
        """The folder that a unit of this name works for, when it is there and not this one's."""
        path = self.units / f"{unit.name}.service"
        text = path.read_text("utf-8") if path.exists() else ""
        found = re.search(r"^WorkingDirectory=(.+)$", text, re.MULTILINE)
        folder = Path(found[1].replace("%%", "%")) if found else unit.folder
        return str(folder) if folder.is_dir() and folder.resolve() != unit.folder.resolve() else None

    def other_user(self, unit: Unit) -> tuple[str, str] | None:
        """Another unit of ours, and its user, where that is not this one's."""
        for path in sorted(self.units.glob("bluegreen-*.service")):
            if path.stem == unit.name:
                continue
            found = re.search(r"^User=(.+)$", path.read_text("utf-8"), re.MULTILINE)
            if found and found[1] != self.user:
                return path.stem, found[1]
        return None

    def status(self, unit: Unit) -> RunProgram:
        """Says active, inactive, failed; or inactive for what is unknown."""
        return RunProgram(("systemctl", "is-active", unit.name), may_fail=True)

    def says_it_runs(self, status: Output) -> bool:
        """Whether that answer means so."""
        return status.status == 0

    def _secrets_of(self, unit: Unit) -> Path:
        return self.secrets / f"{unit.name}.env"

    def _text(self, unit: Unit) -> str:
        return f"""\
# Written by `bluegreen daemon install`, which replaces it.
[Unit]
Description={unit.description}
Wants=network-online.target
After=network-online.target docker.service redis-server.service

[Service]
User={self.user}
WorkingDirectory={_escape(str(unit.folder))}
# Images, locks, process states and saved files of its services: /var/lib/bluegreen
StateDirectory=bluegreen
StateDirectoryMode=0700
ExecStart={" ".join(_quote(word) for word in unit.command)}
# Passwords are in a file that root alone can read.
EnvironmentFile={_escape(str(self._secrets_of(unit)))}
Environment=PYTHONUNBUFFERED=1
{NOTIFIES if unit.notifies else ""}Restart=always
RestartSec=5
# A stop asks the program alone. Its children are left to it: programs of a phase end with the phase, and colours
# that are plain processes serve the site, whether or not this service runs.
KillMode=process
# Then the phase in hand may end; what waits in the queue waits for the next start. After this many seconds the
# program is killed; the next one takes over from it.
TimeoutStopSec={unit.stop_seconds}

[Install]
WantedBy=multi-user.target
"""


def _variables(unit: Unit) -> str:
    return "".join(f"{name}={_value(value)}\n" for name, value in unit.environment.items())


def _value(text: str) -> str:
    """As EnvironmentFile= wants it: in double quotes nothing but \\, ", ` and $ means anything."""
    return '"' + re.sub(r'([\\"`$])', r"\\\1", text) + '"'


def _quote(word: str) -> str:
    """A word of ExecStart=."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return '"' + _escape(text) + '"'


def _escape(text: str) -> str:
    return text.replace("%", "%%")
