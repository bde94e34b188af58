"""Options that several commands have which start a deployment."""

from collections.abc import Callable

import click

from bluegreen.deployment.names import BREAKING, OVERRIDING, checked_reason

UNTIL_PROMOTION = click.option(
    "--until-promotion", is_flag=True, help="End with status 6 as soon as it waits for a promotion."
)


def word_of(what: str) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """What checks an option's reason for that."""
    return lambda _context, _parameter, why: None if why is None else checked_reason(why, what)


HOLD = click.option("--hold", is_flag=True, help="Have it wait after its health check until somebody promotes it.")
OVERRIDE_FREEZE = click.option(
    "--override-freeze",
    "why",
    callback=word_of(OVERRIDING),
    help="Deploy in a freeze; the history keeps this reason.",
)
OVERRIDE_LIVE_CHECK = click.option(
    "--override-live-check",
    "live_check",
    callback=word_of(BREAKING),
    help="Go on where the migrations break the live version; the history keeps this reason.",
)
