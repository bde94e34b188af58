"""What `bluegreen --help` says of each command."""

import click
import pytest

from cli.daemon.command import daemon
from cli.deploying.maintenance import maintenance
from cli.main import COMMANDS, bluegreen

pytestmark = pytest.mark.unit

#: what click leaves for it on a terminal of 80 columns, beside the longest name
COLUMNS = 62


@pytest.mark.parametrize(
    "name",
    [*sorted(COMMANDS), *(f"{group.name} {name}" for group in (daemon, maintenance) for name in group.commands)],
)
def test_a_command_is_described_in_one_sentence_that_is_not_cut(name: str) -> None:
    command = bluegreen.get_command(click.Context(bluegreen), name.split()[0])
    if " " in name:
        assert isinstance(command, click.Group)
        command = command.commands[name.split()[1]]

    said = command.get_short_help_str(COLUMNS)

    assert said.endswith(".") and not said.endswith("...")
