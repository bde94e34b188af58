"""logs: what a colour has printed, and prints."""

import sys
from collections.abc import Iterator

import click

from bluegreen.deployment.redaction import presentable
from bluegreen.system import platform
from cli.context import App
from cli.exits import INTERRUPTED
from cli.looking.here import look
from cli.options import SERVICE


@click.command()
@SERVICE
@click.option(
    "--follow", "-f", is_flag=True, help="Go on with what is printed, until Ctrl-C or the end of the version."
)
@click.option(
    "--old", is_flag=True, help="Of the other colour: the version before, or one that is being deployed."
)
@click.option(
    "--lines", type=click.IntRange(0, 100_000), default=100, show_default=True, help="Lines from its end."
)
@click.pass_obj
def logs(app: App, service: str, follow: bool, old: bool, lines: int) -> None:
    """Show what the live version of SERVICE prints.

    Run it on the deploy host. A container's log is the Engine's, a process's is its log file.
    """
    here = look(app, service)
    try:
        _show(here.site.runtime.log_lines(here.color(old), lines, follow))
    except (KeyboardInterrupt, BrokenPipeError):
        raise click.exceptions.Exit(INTERRUPTED) from None


def _show(lines: Iterator[str | None]) -> None:
    """Print them; BrokenPipeError also while there is nothing to print, once nobody reads any more."""
    for line in lines:
        if line is not None:
            print(presentable(line))
            continue
        sys.stdout.flush()
        if not platform.is_read(sys.stdout):
            raise BrokenPipeError
    sys.stdout.flush()
