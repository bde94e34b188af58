"""daemon: lets the system's service manager run the worker, beat and Flower."""

import re

import click

from bluegreen.deployment.errors import UsageError
from bluegreen.settings.service import Config
from bluegreen.system import environment, platform
from bluegreen.system.programs import run
from cli.context import App
from cli.daemon.managers import (
    manager_of_host,
    require_own,
    require_own_folder,
    require_recent,
    require_same_user,
    require_spared_children,
)
from cli.daemon.programs import PROGRAMS, Unit, unit_of
from cli.daemon.steps import RunProgram, Step, perform
from cli.exits import ExitStatus

#: what a project may be called in the names of services of the system
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@click.group()
def daemon() -> None:
    """Run the worker, beat or Flower as a service of this host."""


_program = click.argument("program", type=click.Choice(list(PROGRAMS)), default="worker")
_name = click.option(
    "--name",
    callback=lambda _context, _option, value: _checked(value),
    help="Of this config file's services, where the host has several config files.",
)
_dry_run = click.option("--dry-run", is_flag=True, help="Only show what would be written and run.")


@daemon.command()
@_program
@_name
@_dry_run
@click.option("--no-start", is_flag=True, help="Leave the service stopped, to choose its account first (Windows).")
@click.option("--user", help="Who runs the service (systemd); else whoever ran sudo, or you.")
@click.pass_context
def install(
    context: click.Context, program: str, name: str | None, dry_run: bool, no_start: bool, user: str | None
) -> None:
    """Write the service's definition and start it.

    Each step is shown. Run again, it takes up what has changed. On Windows a new one runs as LocalSystem, until
    you choose another account; one that is there keeps its own.
    """
    _require_command(context, program)
    app: App = context.obj
    config = app.require_config() if PROGRAMS[program].needs_config else None
    manager, unit = manager_of_host(user), _unit(program, name, config)
    require_recent(manager)
    require_own_folder(manager, unit)
    require_same_user(manager, unit)
    if config:
        require_spared_children(manager, program, config)
    if known := platform.service(unit.name):
        require_own(manager, unit, known)
    steps = manager.install(unit, known.account if known else None)
    _do(steps if no_start else [*steps, manager.start(unit)], dry_run)
    if not dry_run:
        _report(unit, program, name, no_start)


@daemon.command()
@_program
@_name
@_dry_run
def uninstall(program: str, name: str | None, dry_run: bool) -> None:
    """Stop the service and remove its definition.

    The phase in hand ends first.
    """
    manager, unit = manager_of_host(), _unit(program, name)
    require_own_folder(manager, unit)
    _do(manager.uninstall(unit), dry_run)


@daemon.command()
@_program
@_name
def status(program: str, name: str | None) -> None:
    """Show what the service manager says. Status 2 unless it runs."""
    manager, unit = manager_of_host(), _unit(program, name)
    asked: RunProgram = manager.status(unit)
    output = run(asked.arguments, timeout=30)
    click.echo(f"{unit.name}: {output.text.strip()}")
    if not manager.says_it_runs(output):
        raise click.exceptions.Exit(ExitStatus.USAGE)


def _do(steps: list[Step], dry_run: bool) -> None:
    for step in steps:
        click.echo(step)
    if not dry_run:
        perform(steps)


def _report(unit: Unit, program: str, name: str | None, no_start: bool) -> None:
    now = platform.service(unit.name)
    account = f" as {now.account}" if now else ""
    if no_start:
        click.echo(f"{unit.name} is installed{account}, and not started.")
        return
    named = f" --name {name}" if name else ""
    click.echo(f"{unit.name} runs{account}. bluegreen daemon status {program}{named} shows it.")


def _unit(program: str, name: str | None, config: Config | None = None) -> Unit:
    needed = [
        variable
        for notification in (config.notifications if config else ())
        for variable in (notification.url_env, notification.token_env)
    ]
    return unit_of(program, environment.config_path(), environment.inherited(), tuple(filter(None, needed)), name)


def _checked(name: str | None) -> str | None:
    if name is not None and not NAME.fullmatch(name):
        raise click.BadParameter("small letters, digits and dashes, at most 40")
    return name


def _require_command(context: click.Context, program: str) -> None:
    commands = context.find_root().command
    assert isinstance(commands, click.Group)
    if program not in commands.list_commands(context):
        raise UsageError(f"this version has no `bluegreen {program}`")
