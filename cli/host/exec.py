"""exec: a command where the live version runs."""

import sys

import click

from bluegreen.deployment.errors import CommandFailed
from bluegreen.system import foreground
from cli.context import App
from cli.looking.here import look
from cli.options import SERVICE

#: what a shell ends with where there is no such program
NOT_FOUND = 127


class _Words(click.Command):
    """Keeps what stands after -- for the command that is run, options and all."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        words = tuple(args[at + 1 :])
        asks_for_help = any(each in args[:at] for each in self.get_help_option_names(ctx))
        if not (words or asks_for_help or ctx.resilient_parsing):
            raise click.UsageError("write the command after --, such as: bluegreen exec web -- ls", ctx)
        rest = super().parse_args(ctx, args[:at])
        ctx.params["words"] = words
        return rest

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "-- COMMAND [ARGUMENT]..."]


@click.command(name="exec", cls=_Words)
@SERVICE
@click.option("--old", is_flag=True, help="In the other colour.")
@click.pass_obj
def exec_(app: App, service: str, old: bool, words: tuple[str, ...]) -> None:
    """Run a command where the live version of SERVICE runs.

    Run it on the deploy host. The command runs in the version's own container, or, for a process, in its folder
    with its environment. It has this terminal, and its exit status is that of bluegreen.
    """
    here = look(app, service)
    has_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    program = here.site.runtime.command_in(here.color(old), words, has_terminal)
    try:
        status = foreground.run(program)
    except CommandFailed as error:
        click.echo(f"bluegreen: {error}", err=True)
        status = NOT_FOUND
    raise click.exceptions.Exit(status)
