"""The last look of a deployment: what users get as it ends, for the record to say.

It ends by a deadline, and that nobody could look is an answer of it: its failure is not one of the phase.
"""

import logging
from collections.abc import Callable
from functools import partial

from bluegreen import failpoints
from bluegreen.deployment.cancellation import NeverCancelled, wait_until
from bluegreen.deployment.errors import BlueGreenError
from bluegreen.deployment.last_look import LastLook
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Phase, PhaseState
from bluegreen.settings.service import ProxySettings
from bluegreen.store.observations import Observation
from bluegreen.traffic.serving import hasty_ask, hasty_settings, see
from tasks import abandonable
from tasks.context import PhaseContext
from tasks.predecessors import predecessors
from tasks.serving import others_served

log = logging.getLogger(__name__)

#: seconds for it all
DEADLINE = 15.0
#: seconds in which what is bad may come right: an nginx, or the old version, may just be starting
SETTLE = 5.0
#: seconds between two looks
POLL = 0.25


def look_after_rollback(context: PhaseContext, waits: bool = True) -> None:
    """Afterwards the record says whether users get what they got before. `waits`: what is bad may come right."""
    live = None if context.deployment.to_adopted else context.store.live(context.deployment.service)
    _note(context, partial(_rolled_back, context, live), SETTLE if waits else 0)


def look_after_cleanup(context: PhaseContext, waits: bool = True) -> LastLook:
    """Afterwards the record says whether users get the new version. Also what it says. `waits`: as above."""
    return _note(context, partial(_cleaned_up, context), SETTLE if waits else 0)


def _note(context: PhaseContext, look: Callable[[], LastLook], settle: float) -> LastLook:
    with failpoints.around("last look"):
        looked = _in_time(context, partial(_settled, look, settle))
    context.note(last_look=looked)
    return looked


def _in_time(context: PhaseContext, look: Callable[[], LastLook]) -> LastLook:
    looked = abandonable.run(look, context, "last look", DEADLINE)
    return looked or _unseen(f"it took longer than {DEADLINE:g} s")


def _settled(look: Callable[[], LastLook], seconds: float) -> LastLook:
    """The first look that is good, or the last one within so many seconds."""
    return wait_until(
        partial(_tried, look), lambda looked: looked.serves is not False, seconds, NeverCancelled(), POLL
    )


def _tried(look: Callable[[], LastLook]) -> LastLook:
    try:
        return look()
    except BlueGreenError as error:
        return _unseen(error.what)
    except Exception as error:
        log.exception("the last look")
        return _unseen(f"{type(error).__name__}: {error}")


def _unseen(why: str) -> LastLook:
    return LastLook(None, f"what users get could not be looked at ({why})")


def _rolled_back(context: PhaseContext, live: Deployment | None) -> LastLook:
    ask = hasty_ask(context.site, live or context.deployment, context.request)
    observation = see(context.site, live, ask, NeverCancelled())
    if observation.color is None and context.deployment.from_color is None:
        return _nothing_before(context)
    bad = [] if _is_old(context, observation) else [observation.sentence]
    down = context.site.down()
    running = [proxy for proxy in context.service.proxies if proxy.label not in down]
    bad += filter(None, (_problem(context, proxy) for proxy in running))
    if bad:
        return LastLook(False, f"the old version does not serve ({'; '.join(bad)})")
    return LastLook(True, f"the old version serves ({observation.sentence})")


def _nothing_before(context: PhaseContext) -> LastLook:
    """A first deployment leaves no version behind; an nginx that ran when it began shall run on."""
    found = context.deployment.phase_record(Phase.DETERMINE_TARGET)
    down = [f"{label} is not running" for label in context.site.down()]
    ran = found is not None and found.state is PhaseState.DONE
    on = [f"{each} runs on" for each in predecessors(context)]
    what = "no version was live before, and none is"
    if context.deployment.to_adopted:
        what, ran = "what served before the first deployment serves again", True
    return LastLook(not (ran and down), "; ".join([what, *on, *down]))


def _is_old(context: PhaseContext, observation: Observation) -> bool:
    """Whether the proxies send requests to what was live before, where the record knows that, and it answers."""
    is_known = context.deployment.to_color is not None
    return bool(observation.serves) and (observation.color is context.deployment.from_color or not is_known)


def _problem(context: PhaseContext, proxy: ProxySettings) -> str | None:
    """What keeps users from the version behind a proxy that runs, as far as can be asked."""
    if not proxy.url or context.deployment.protocol == "grpc":
        return None
    url = proxy.url.rstrip("/") + context.service.health.path
    answer = context.request(url, context.site.probing(hasty_settings(context.site)))
    return None if answer.good else f"through {proxy.label}, {url} gets {answer}"


def _cleaned_up(context: PhaseContext) -> LastLook:
    if others := others_served(context):
        served = "; ".join(f"{label} {_described(marker)}" for label, marker in others.items())
        return LastLook(False, f"the new version does not serve ({served})")
    ask = hasty_ask(context.site, context.deployment, context.request)
    observation = see(context.site, context.deployment, ask, NeverCancelled())
    # one that has stopped answering is live all the same: nothing is left to go back to
    return LastLook(observation.serves or None, f"the new version is live ({observation.sentence})")


def _described(marker: Marker | None) -> str:
    if marker is None or marker.color is None:
        return "serves no colour"
    return f"serves {marker.color} {marker.release}, of generation {marker.generation}"
