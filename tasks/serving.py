"""Asks what users are served from, just before something that could take it from them."""

from functools import partial
from operator import not_

from bluegreen.deployment.cancellation import wait_until
from bluegreen.deployment.errors import NotHealthy, PhaseFailed
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.states import Color
from bluegreen.parallel import both
from bluegreen.traffic.serving import ask_a_few_times
from tasks.context import PhaseContext

#: seconds in which an nginx may still answer for another colour: its old workers do for 100 ms after a reload
SETTLE = 1.0
#: seconds between two looks
POLL = 0.05


def refuse_if_it_serves(context: PhaseContext, color: Color) -> None:
    """Raise PhaseFailed when a proxy sends requests to the colour: it must not be taken from its users.

    The record does not count: it may be older than what is live, or forged.
    """

    def senders() -> list[str]:
        return [label for label, each in context.router.observe().items() if each.sends_to(color)]

    if serving := wait_until(senders, not_, SETTLE, context, POLL):
        raise PhaseFailed(
            f"{color} is kept, because {', '.join(serving)} sends requests to it",
            advice="See what the site serves. Where it is the version that it should be, deploy it again.",
        )


def check_new_version(context: PhaseContext) -> None:
    """Raise NotHealthy unless every proxy sends requests to the new colour, by this deployment, and it answers."""
    lost, is_answering = both(
        partial(wait_until, partial(others_served, context), not_, SETTLE, context, POLL),
        partial(answers, context, context.target),
    )
    if lost:
        raise NotHealthy(
            f"{', '.join(lost)} does not serve {context.target} any more",
            "; ".join(f"{label} says {marker or 'nothing'}" for label, marker in lost.items()),
            context.way_back,
        )
    if not is_answering:
        raise NotHealthy(
            f"{context.target} has stopped answering since its traffic was verified",
            f"it is {context.runtime.look(context.target).described}\nlast log lines:\n"
            + context.runtime.logs(context.target).strip(),
            context.way_back,
        )


def answers(context: PhaseContext, color: Color) -> bool:
    """Whether one of a few requests to the colour itself is answered as its health check wants."""
    return ask_a_few_times(color, context.ask_color, context).good


def others_served(context: PhaseContext) -> dict[str, Marker | None]:
    """What the proxies say, by label, that do not send requests to the new colour, by this deployment."""
    wanted = context.target, context.deployment.generation
    said = {label: each.current for label, each in context.router.observe().items()}
    return {
        label: marker
        for label, marker in said.items()
        if marker is None or (marker.color, marker.generation) != wanted
    }
