"""Options that several commands have."""

import math
from typing import Any

import click

from cli.completion import services


class _Seconds(click.FloatRange):
    """A number of seconds, at most a month."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds: float = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail("should be a number of seconds", param, ctx)
        return seconds


SECONDS = _Seconds(0, 30 * 86400)
SERVICE = click.argument("service", shell_complete=services)
WAIT = click.option(
    "--wait",
    "wait_seconds",
    type=SECONDS,
    default=3600,
    show_default=True,
    help="Seconds to wait for the end.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
DETACH = click.option("--detach", is_flag=True, help="Print the id and do not wait.")
