"""The `bluegreen` command."""

import io
import sys
import traceback
from pathlib import Path

import click

from cli.context import App
from cli.demo.command import demo
from cli.deploy import abort, deploy, rollback, unlock, watch
from cli.exits import ExitStatus
from cli.explain import explain
from cli.look import history, show, status
from cli.plan import plan
from cli.worker import worker
from deployment import environment
from deployment.errors import BlueGreenError, Busy, UsageError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
    context.obj = App()


for command in (deploy, rollback, watch, abort, unlock, status, history, show, explain, plan, worker, demo):
    bluegreen.add_command(command)


def main() -> None:
    """Run the command; every error becomes a few lines and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A console of an older code page must not end a deployment's log for the sake of an arrow.
            stream.reconfigure(errors="replace")
    try:
        # Outside its standalone mode, click answers with the status of a command that ended by Exit.
        sys.exit(bluegreen(standalone_mode=False) or ExitStatus.SUCCEEDED)
    except click.Abort:
        click.echo("bluegreen: interrupted; a deployment that was enqueued goes on", err=True)
        sys.exit(ExitStatus.WAIT_RAN_OUT)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitStatus.USAGE)
    except BlueGreenError as error:
        click.echo(f"bluegreen: {error}", err=True)
        sys.exit(_status_of(error))
    except Exception:
        # Never 1: that would say that the old version serves.
        click.echo(f"bluegreen: a defect of its own\n{traceback.format_exc()}", err=True)
        sys.exit(ExitStatus.FAILED)


def _status_of(error: BlueGreenError) -> ExitStatus:
    if isinstance(error, Busy):
        return ExitStatus.REFUSED
    return ExitStatus.USAGE if isinstance(error, UsageError) else ExitStatus.FAILED


if __name__ == "__main__":
    main()
