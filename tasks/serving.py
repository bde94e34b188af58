"""Asks what users are served from, just before something that could take it from them."""

from collections.abc import Callable
from functools import partial
from operator import not_

from bluegreen.deployment.cancellation import Cancellation, wait_until
from bluegreen.deployment.errors import NotHealthy, PhaseFailed
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color
from bluegreen.settings.service import HealthSettings
from bluegreen.store.observations import Observation
from bluegreen.traffic import health
from bluegreen.traffic.health import Judged
from tasks.context import PhaseContext
from tasks.site import Site

#: seconds in which an nginx may still answer for another colour: its old workers do for 100 ms after a reload
SETTLE = 1.0
#: seconds between two looks
POLL = 0.05
#: requests to a colour of which one must be answered well
TRIES = 3
#: seconds for an answer at most where users are waited for: who gets none for so long calls it down
HASTY = 3.0

#: asks a colour once, and judges its answer
Ask = Callable[[Color], Judged]


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
    if lost := wait_until(partial(others_served, context), not_, SETTLE, context, POLL):
        raise NotHealthy(
            f"{', '.join(lost)} does not serve {context.target} any more",
            "; ".join(f"{label} says {marker or 'nothing'}" for label, marker in lost.items()),
            context.way_back,
        )
    if not answers(context, context.target):
        raise NotHealthy(
            f"{context.target} has stopped answering since its traffic was verified",
            f"it is {context.runtime.look(context.target).described}\nlast log lines:\n"
            + context.runtime.logs(context.target).strip(),
            context.way_back,
        )


def answers(context: PhaseContext, color: Color) -> bool:
    """Whether one of a few requests to the colour itself is answered as its health check wants."""
    return _asked(color, context.ask_color, context).good


def see(site: Site, live: Deployment | None, ask: Ask, cancellation: Cancellation) -> Observation:
    """What users get now: the colour that the proxies serve, whether it answers, and whether each nginx runs.

    All is asked just now. `live`: of the last deployment that succeeded. PhaseFailed when nobody can tell.
    """
    found = site.look(live)
    # users who come to an nginx that is down get nothing, however the colour behind it answers
    down = [f"{proxy.label} is not running" for proxy in site.proxies if not proxy.is_running()]
    if found.color is None:
        return Observation(None, None, None, "; ".join(["no proxy sends requests to a colour of ours", *down]))
    answer = _asked(found.color, ask, cancellation)
    said = [] if answer.good and down else [str(answer)]
    if not answer.good and not (instance := site.runtime.look(found.color)).running:
        said.append(f"it is {instance.described}")
    serves, what = answer.good and not down, "; ".join([*said, *down])
    return Observation(found.color, found.release, serves, what, is_cut_off=bool(down))


def hasty_ask(site: Site, live: Deployment | None) -> Ask:
    """Asks as the health check does, but waits for HASTY seconds at most. `live`: as `see` has it."""
    hasty = hasty_settings(site)
    protocol = live.protocol if live else "http"

    def ask(color: Color) -> Judged:
        return health.ask_color(site.runtime, color, hasty, protocol, partial(health.ask, health=hasty))

    return ask


def hasty_settings(site: Site) -> HealthSettings:
    """Those of the health check, with HASTY seconds for an answer at most."""
    settings = site.settings.health
    return settings.model_copy(update={"timeout": min(settings.timeout, HASTY)})


def _asked(color: Color, ask: Ask, cancellation: Cancellation) -> Judged:
    """The first good one of a few answers of the colour itself, else the last one."""
    for _ in range(TRIES):
        answer = ask(color)
        if answer.good:
            break
        cancellation.pause(POLL)
    return answer


def others_served(context: PhaseContext) -> dict[str, Marker | None]:
    """What the proxies say, by label, that do not send requests to the new colour, by this deployment."""
    wanted = context.target, context.deployment.generation
    said = {label: each.current for label, each in context.router.observe().items()}
    return {
        label: marker
        for label, marker in said.items()
        if marker is None or (marker.color, marker.generation) != wanted
    }
