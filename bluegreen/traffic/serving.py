"""What users get now, by what the proxies serve and what answers there."""

from collections.abc import Callable

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color
from bluegreen.settings.service import HealthSettings
from bluegreen.store.observations import Observation
from bluegreen.traffic import health
from bluegreen.traffic.health import Judged, Request
from bluegreen.traffic.site import Site

#: requests to a colour of which one must be answered well
TRIES = 3
#: seconds between two of them
POLL = 0.05
#: seconds for an answer at most where users are waited for: who gets none for so long calls it down
HASTY = 3.0

#: asks a colour once, and judges its answer
Ask = Callable[[Color], Judged]


def see(site: Site, live: Deployment | None, ask: Ask, cancellation: Cancellation) -> Observation:
    """What users get now: the colour that the proxies serve, whether it answers, and whether each nginx runs.

    All is asked just now. `live`: of the last deployment that succeeded. PhaseFailed when it is not clear.
    """
    found = site.look(live)
    # users who come to an nginx that is down get nothing, however the colour behind it answers
    down = [f"{label} is not running" for label in site.down()]
    if found.color is None:
        return Observation(None, None, None, "; ".join(["no proxy sends requests to a colour of ours", *down]))
    answer = ask_a_few_times(found.color, ask, cancellation)
    said = [] if answer.good and down else [str(answer)]
    if not answer.good and not (instance := site.runtime.look(found.color)).running:
        said.append(f"it is {instance.described}")
    serves, what = answer.good and not down, "; ".join([*said, *down])
    return Observation(found.color, found.release, serves, what, is_cut_off=bool(down))


def hasty_ask(site: Site, live: Deployment | None, request: Request = health.ask) -> Ask:
    """Asks as the health check does, but waits for HASTY seconds at most. `live`: as `see` has it."""
    hasty = hasty_settings(site)
    protocol = live.protocol if live else "http"

    def ask(color: Color) -> Judged:
        return health.ask_color(site.runtime, color, hasty, protocol, lambda url: request(url, hasty))

    return ask


def hasty_settings(site: Site) -> HealthSettings:
    """Those of the health check, with HASTY seconds for an answer at most."""
    settings = site.settings.health
    return settings.model_copy(update={"timeout": min(settings.timeout, HASTY)})


def ask_a_few_times(color: Color, ask: Ask, cancellation: Cancellation) -> Judged:
    """The first good one of a few answers of the colour itself, else the last one."""
    for _ in range(TRIES):
        answer = ask(color)
        if answer.good:
            break
        cancellation.pause(POLL)
    return answer
