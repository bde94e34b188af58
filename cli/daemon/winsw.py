"""Services of Windows by WinSW, a copy of which lies beside each definition under its name. Pure."""

from dataclasses import dataclass
from pathlib import Path
from subprocess import list2cmdline
from xml.sax.saxutils import escape, quoteattr

from bluegreen.deployment.machine import Output
from cli.daemon.programs import Unit
from cli.daemon.steps import Copy, Remove, RunProgram, Step, Write
from cli.daemon.windows import Stop, Unregister


@dataclass(frozen=True)
class WinSW:
    """WinSW, version 2 or 3. When a service stops, it ends whatever the program has started as well."""

    program: Path
    folder: Path

    def install(self, unit: Unit, account: str | None = None) -> list[Step]:
        """Afterwards it starts with the system. One that is there, with this account, is stopped, and keeps it."""
        wrapper, text = self._wrapper(unit), definition(unit)
        readers = (account,) if account else ()
        return [
            *([Stop(unit.name, unit.stop_seconds)] if account else []),
            Copy(self.program, wrapper),
            Write(wrapper.with_suffix(".xml"), text, secret=bool(unit.environment), readers=readers),
            *([] if account else [RunProgram((str(wrapper), "install"))]),
        ]

    def start(self, unit: Unit) -> Step:
        """Afterwards it runs."""
        return RunProgram(("net", "start", unit.name))

    def uninstall(self, unit: Unit) -> list[Step]:
        """Afterwards it is stopped, gracefully, and unknown; its logs stay."""
        wrapper = self._wrapper(unit)
        return [
            Stop(unit.name, unit.stop_seconds),
            Unregister(unit.name, (str(wrapper), "uninstall")),
            Remove(wrapper.with_suffix(".xml")),
            Remove(wrapper),
        ]

    def runs(self, unit: Unit, binary: str) -> bool:
        """Whether a service with this command line is the one that is defined here."""
        return str(self._wrapper(unit)).lower() in binary.lower()

    def status(self, unit: Unit) -> RunProgram:
        """What Windows says of it."""
        return RunProgram(("sc", "query", unit.name), may_fail=True)

    def says_it_runs(self, status: Output) -> bool:
        """Whether that answer means so: `sc` ends with 0 for one that is stopped, too."""
        return status.status == 0 and "RUNNING" in status.text

    def _wrapper(self, unit: Unit) -> Path:
        return self.folder / f"{unit.name}.exe"


def definition(unit: Unit) -> str:
    """The XML that WinSW reads; it holds the passwords of the environment."""
    variables = {"PYTHONUTF8": "1", **unit.environment}
    lines = [f"  <env name={quoteattr(name)} value={quoteattr(value)}/>" for name, value in variables.items()]
    return f"""\
<!-- Written by `bluegreen daemon install`, which replaces it. -->
<service>
  <id>{unit.name}</id>
  <name>{unit.name}</name>
  <description>{escape(unit.description)}</description>
  <executable>{escape(unit.command[0])}</executable>
  <arguments>{escape(list2cmdline(unit.command[1:]))}</arguments>
  <workingdirectory>{escape(str(unit.folder))}</workingdirectory>
{chr(10).join(lines)}
  <!-- After the start of Docker Desktop and Redis, as far as they are services. -->
  <delayedAutoStart>true</delayedAutoStart>
  <onfailure action="restart" delay="5 sec"/>
  <!-- A stop is a Ctrl+C for the program: the phase in hand may end. After this time it is killed, and the next
       one takes over from it. -->
  <stoptimeout>{unit.stop_seconds} sec</stoptimeout>
  <!-- Otherwise docker compose would be ended before the phase that waits for it. -->
  <stopparentprocessfirst>true</stopparentprocessfirst>
  <log mode="roll-by-size"><sizeThreshold>10240</sizeThreshold><keepFiles>5</keepFiles></log>
</service>
"""
