"""The `bluegreen` command."""

import gc
import io
import sys
from importlib import import_module
from pathlib import Path

import click

from bluegreen.deployment.errors import BlueGreenError, Busy, FreezeInForce, Unanswered, UsageError
from bluegreen.system import clean_logs, environment, platform
from cli.exits import ExitStatus, leave

#: objects that come into being between two looks for garbage; with Python's own 700 these take a twelfth of a
#: command's start, in which nothing is garbage
GARBAGE_THRESHOLD = 20_000
#: where each command is; only the one that is run is imported, as each costs time to start
COMMANDS = {
    "adopt": "cli.adopt.command",
    "doctor": "cli.doctor.command",
    "deploy": "cli.deploying.deploy",
    "rollback": "cli.deploying.deploy",
    "redeploy": "cli.deploying.deploy",
    "watch": "cli.deploying.deploy",
    "promote": "cli.deploying.promote",
    "abort": "cli.deploying.stop",
    "maintenance": "cli.deploying.maintenance",
    "unlock": "cli.deploying.stop",
    "repair": "cli.host.repair",
    "claim": "cli.host.claim",
    "status": "cli.looking.status",
    "releases": "cli.looking.releases",
    "history": "cli.looking.history",
    "show": "cli.looking.history",
    "logs": "cli.looking.logs",
    "ps": "cli.looking.ps",
    "exec": "cli.host.exec",
    "explain": "cli.looking.explain",
    "plan": "cli.looking.plan",
    "schedule": "cli.looking.schedule",
    "notifications": "cli.looking.notifications",
    "metrics": "cli.looking.metrics",
    "worker": "cli.host.worker",
    "beat": "cli.host.beat",
    "flower": "cli.host.flower",
    "daemon": "cli.daemon.command",
    "schema": "cli.looking.schema",
    "completion": "cli.completion",
    "demo": "cli.demo.command",
}


class Commands(click.Group):
    """Imports the module of a command only when that one is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name])
        command: click.Command = getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_")
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The config file (else BLUEGREEN_CONFIG, else ./bluegreen.toml).",
)
@click.version_option(package_name="bluegreen")
@click.pass_context
def bluegreen(context: click.Context, config: Path | None) -> None:
    """Blue/Green deployments that no user notices, for Docker Compose behind nginx."""
    if config is not None:
        environment.set_config_path(config)
    from cli.context import App

    context.obj = App()


def main() -> None:
    """Run the command; every error becomes a few lines and an exit status."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    clean_logs.install()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # An older code page must not end a deployment's log for the sake of an arrow.
            stream.reconfigure(encoding=platform.OUTPUT_ENCODING, errors="replace")
    leave(run())


def run() -> int:
    """Run what sys.argv says, in this process; the exit status."""
    try:
        # Outside its standalone mode, click answers with the status of a command that ended by Exit.
        return bluegreen(prog_name="bluegreen", standalone_mode=False) or ExitStatus.SUCCEEDED
    except SystemExit as end:
        # Nobody reads our output any more: click's 1 for it would say that the deployment was rolled back.
        return ExitStatus.WAIT_RAN_OUT if end.code == 1 else _code_of(end)
    except click.Abort:
        click.echo("bluegreen: interrupted; a deployment that was enqueued keeps running", err=True)
        return ExitStatus.WAIT_RAN_OUT
    except click.ClickException as error:
        error.show()
        return ExitStatus.USAGE
    except BlueGreenError as error:
        click.echo(f"bluegreen: {error}", err=True)
        return _status_of(error)
    except Exception as error:
        # Never 1: that would say that the deployment was rolled back.
        trace = clean_logs.clean_traceback(error)
        click.echo(f"bluegreen: internal error, please report it\n{trace}", err=True)
        return ExitStatus.FAILED


def _code_of(end: SystemExit) -> int:
    """As Python itself takes it, but never 1: none is well, a text goes to the error output."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    click.echo(end.code, err=True)
    return ExitStatus.FAILED


def _status_of(error: BlueGreenError) -> ExitStatus:
    if isinstance(error, Busy | FreezeInForce):
        return ExitStatus.REFUSED
    if isinstance(error, Unanswered):
        return ExitStatus.WAIT_RAN_OUT
    return ExitStatus.USAGE if isinstance(error, UsageError) else ExitStatus.FAILED
