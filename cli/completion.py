"""completion: what a shell needs to complete commands, options and services."""

from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from bluegreen.deployment.errors import BlueGreenError
from bluegreen.store import workers
from bluegreen.store.connection import connect
from bluegreen.store.refusals import StoreError
from bluegreen.system import environment

#: seconds for Redis to name services: somebody waits with a finger on the tab key
TIMEOUT = 0.5
SHELLS = ("bash", "zsh", "fish")
#: click's own name for the variable by which a shell's function asks a command
VARIABLE = "_BLUEGREEN_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL."""
    shell_class = get_completion_class(shell)
    assert shell_class is not None
    click.echo(shell_class(context.find_root().command, {}, "bluegreen", VARIABLE).source())


def services(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The services of the config file, else those that workers serve; none when neither can be read in time."""
    try:
        names = _list_services(context.find_root().params.get("config"))
    except (BlueGreenError, StoreError):
        return []  # a tab key is not a place for an error
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]


def _list_services(config: Path | None) -> list[str]:
    path = config or environment.config_path()
    if path.exists():
        # Every command has these words, and few runs need them: the models of the settings take a while to load.
        from bluegreen.settings import config_file

        return list(config_file.load(path).services)
    redis = connect(environment.redis_url(), timeout=TIMEOUT)
    try:
        return list(workers.alive(redis))
    finally:
        redis.close()
