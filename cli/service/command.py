"""service: lets the system's service manager run the worker, beat and Flower."""

from pathlib import Path

import click

from cli.context import App
from cli.exits import ExitStatus
from cli.service.nssm import NSSM
from cli.service.programs import PROGRAMS, Unit, unit_of
from cli.service.steps import Run, Step, perform
from cli.service.systemd import Systemd
from cli.service.winsw import WinSW
from deployment import environment, system
from deployment.commands import run
from deployment.errors import UsageError
from deployment.settings import STATE_FOLDER

Manager = Systemd | WinSW | NSSM
#: the names under which WinSW is downloaded
WINSW = ("winsw", "WinSW-x64", "WinSW.NET461", "WinSW.NET4")


@click.group()
def service() -> None:
    """Run the worker, beat or Flower as a service of this host."""


_program = click.argument("program", type=click.Choice(list(PROGRAMS)), default="worker")
_dry_run = click.option("--dry-run", is_flag=True, help="Only show what would be written and run.")


@service.command()
@_program
@_dry_run
@click.option("--user", help="Who runs it (systemd); else whoever ran sudo, or you.")
@click.pass_context
def install(context: click.Context, program: str, dry_run: bool, user: str | None) -> None:
    """Write the service's definition and start it.

    Each step is shown. Run again, it takes up what has changed.
    """
    _require_command(context, program)
    app: App = context.obj
    if PROGRAMS[program].needs_config:
        app.require_config()
    manager, unit = _manager(user), _unit(program)
    _require_spared_children(app, manager, program)
    _do(manager.install(unit), dry_run)
    if not dry_run:
        click.echo(f"{unit.name} runs. bluegreen service status {program} shows it.")


@service.command()
@_program
@_dry_run
def uninstall(program: str, dry_run: bool) -> None:
    """Stop the service and remove its definition.

    The phase in hand ends first.
    """
    _do(_manager().uninstall(_unit(program)), dry_run)


@service.command()
@_program
def status(program: str) -> None:
    """Show what the service manager says. Status 2 unless it runs."""
    manager, unit = _manager(), _unit(program)
    asked: Run = manager.status(unit)
    output = run(asked.arguments, timeout=30)
    click.echo(f"{unit.name}: {output.text.strip()}")
    if not manager.says_it_runs(output):
        raise click.exceptions.Exit(ExitStatus.USAGE)


def _do(steps: list[Step], dry_run: bool) -> None:
    for step in steps:
        click.echo(step)
    if not dry_run:
        perform(steps)


def _unit(program: str) -> Unit:
    return unit_of(program, environment.config_path(), environment.inherited())


def _manager(user: str | None = None) -> Manager:
    if not system.is_windows():
        if not system.which("systemctl"):
            raise UsageError(
                "this host has no systemd", advice="Let its own service manager run: bluegreen worker"
            )
        return Systemd(user or environment.person())
    folder = environment.config_path().parent / STATE_FOLDER / "services"
    if nssm := system.which("nssm"):
        return NSSM(nssm, folder)
    for name in WINSW:
        if winsw := system.which(name):
            return WinSW(Path(winsw), folder)
    raise UsageError(
        "there is neither NSSM nor WinSW on the PATH",
        advice="Windows runs as a service only what is made for it, or wrapped. Put nssm.exe or WinSW-x64.exe into"
        " a folder of the PATH, and try again.",
    )


def _require_command(context: click.Context, program: str) -> None:
    commands = context.find_root().command
    assert isinstance(commands, click.Group)
    if program not in commands.list_commands(context):
        raise UsageError(f"this version has no `bluegreen {program}`")


def _require_spared_children(app: App, manager: Manager, program: str) -> None:
    """WinSW would end colours that are plain processes together with the worker: an outage."""
    if program != "worker" or not isinstance(manager, WinSW):
        return
    if names := [name for name, service in app.require_config().services.items() if service.processes]:
        raise UsageError(
            f"WinSW would end the colours of {', '.join(names)} together with the worker",
            "They are plain processes, and WinSW ends whatever its program has started.",
            "Use NSSM for this host: put nssm.exe into a folder of the PATH.",
        )
