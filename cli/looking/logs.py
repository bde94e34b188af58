"""logs: what a colour has printed, and prints."""

import sys
from collections.abc import Iterator

import click

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.redaction import presentable
from bluegreen.deployment.states import Color
from bluegreen.system import platform
from cli.context import App
from cli.exits import INTERRUPTED
from cli.looking.here import Here, look
from cli.options import SERVICE


@click.command()
@SERVICE
@click.option(
    "--follow", "-f", is_flag=True, help="Go on with what is printed, until Ctrl-C or the end of the version."
)
@click.option(
    "--old", is_flag=True, help="Of the other colour: the version before, or one that is being deployed."
)
@click.option("--background", help="Of one of its background services, by its section of the config file.")
@click.option(
    "--lines", type=click.IntRange(0, 100_000), default=100, show_default=True, help="Lines from its end."
)
@click.pass_obj
def logs(app: App, service: str, follow: bool, old: bool, background: str | None, lines: int) -> None:
    """Show what the live version of SERVICE prints.

    Run it on the deploy host. A container's log is the Engine's, a process's is its log file.
    """
    here = look(app, service)
    try:
        _show(_lines(here, here.color(old), background, lines, follow))
    except (KeyboardInterrupt, BrokenPipeError):
        raise click.exceptions.Exit(INTERRUPTED) from None


def _lines(here: Here, color: Color, name: str | None, lines: int, follow: bool) -> Iterator[str | None]:
    if name is None:
        return here.site.runtime.log_lines(color, lines, follow)
    known = here.site.settings.background
    if name not in known or here.site.background is None:
        raise UsageError(
            f"{here.site.name} has no background service {name}",
            f"It has: {', '.join(known) or 'none'}",
            f"Name one of them, or [services.{here.site.name}.background.{name}] in the config file.",
        )
    return here.site.background.log_lines(color, name, lines, follow)


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
