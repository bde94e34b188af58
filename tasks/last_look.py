"""The last look of a deployment: what users get as it ends, for the record to say.

It ends by a deadline, and that nobody could look is an answer of it: its trouble is no trouble of the phase.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from time import monotonic

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Unguarded
from bluegreen.deployment.errors import BlueGreenError
from bluegreen.deployment.last_look import LastLook
from bluegreen.deployment.record import Record
from bluegreen.deployment.states import Phase, PhaseState
from bluegreen.store.observations import Sight
from bluegreen.traffic import health
from nginx.file.marker import Content
from nginx.proxy import Proxy
from tasks import services
from tasks.context import Run
from tasks.predecessors import predecessors
from tasks.serving import HASTY, hasty_ask, others_served, see

log = logging.getLogger(__name__)

#: seconds for it all
DEADLINE = 15.0
#: seconds in which what is bad may come right: an nginx, or the old version, may just be starting
SETTLE = 5.0
#: seconds between two looks
POLL = 0.25


def look_after_rollback(run: Run, settle: float = SETTLE) -> None:
    """Afterwards the record says whether users get what they got before."""
    live = services.store().live(run.record.service)
    _note(run, partial(_rolled_back, run, live), settle)


def look_after_cleanup(run: Run, settle: float = SETTLE) -> LastLook:
    """Afterwards the record says whether users get the new version. Also what it says."""
    return _note(run, partial(_cleaned_up, run), settle)


def _note(run: Run, look: Callable[[], LastLook], settle: float) -> LastLook:
    with failpoints.around("last look"):
        looked = _in_time(run, partial(_settled, look, settle))
    run.note(last_look=looked)
    return looked


def _in_time(run: Run, look: Callable[[], LastLook]) -> LastLook:
    looks: list[LastLook] = []
    looking = threading.Thread(target=lambda: looks.append(look()), name="last look", daemon=True)
    looking.start()
    deadline = monotonic() + DEADLINE
    while looking.is_alive() and monotonic() < deadline:
        looking.join(POLL)
        if run.is_cut():
            run.check()
    return looks[0] if looks else _unseen(f"it took longer than {DEADLINE:g} s")


def _settled(look: Callable[[], LastLook], seconds: float) -> LastLook:
    """The first look that is good, or the last one within so many seconds."""
    deadline = monotonic() + seconds
    while True:
        looked = _tried(look)
        if looked.serves is not False or monotonic() >= deadline:
            return looked
        time.sleep(POLL)


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


def _rolled_back(run: Run, live: Record | None) -> LastLook:
    sight = see(run.site, live, hasty_ask(run.site, live or run.record), Unguarded())
    if sight.color is None and run.record.from_color is None:
        return _nothing_before(run)
    bad = [] if _is_old(run, sight) else [sight.sentence]
    bad += filter(None, (_trouble(run, proxy) for proxy in run.proxies))
    if bad:
        return LastLook(False, f"the old version does not serve ({'; '.join(bad)})")
    return LastLook(True, f"the old version serves ({sight.sentence})")


def _nothing_before(run: Run) -> LastLook:
    """A first deployment leaves no version behind; an nginx that ran when it began shall run on."""
    found = run.record.phase_record(Phase.DETERMINE_TARGET)
    down = [f"{proxy.label} is not running" for proxy in run.proxies if not proxy.is_running()]
    ran = found is not None and found.state is PhaseState.DONE
    on = [f"{each} runs on" for each in predecessors(run)]
    return LastLook(not (ran and down), "; ".join(["no version was live before, and none is", *on, *down]))


def _is_old(run: Run, sight: Sight) -> bool:
    """Whether the proxies send requests to what was live before, where the record knows that, and it answers."""
    is_known = run.record.to_color is not None
    return bool(sight.serves) and (sight.color is run.record.from_color or not is_known)


def _trouble(run: Run, proxy: Proxy) -> str | None:
    """What keeps this proxy's users from the version behind it, as far as can be asked."""
    if not proxy.is_running():
        return f"{proxy.label} is not running"
    if not proxy.settings.url or run.record.protocol == "grpc":
        return None
    settings = run.service.health
    hasty = settings.model_copy(update={"timeout": min(settings.timeout, HASTY)})
    url = proxy.settings.url.rstrip("/") + settings.path
    answer = health.ask(url, hasty)
    return None if answer.good else f"through {proxy.label}, {url} gets {answer}"


def _cleaned_up(run: Run) -> LastLook:
    if others := others_served(run):
        served = "; ".join(f"{label} {_described(content)}" for label, content in others.items())
        return LastLook(False, f"the new version does not serve ({served})")
    sight = see(run.site, run.record, hasty_ask(run.site, run.record), Unguarded())
    if sight.serves:
        return LastLook(True, f"the new version is live ({sight.sentence})")
    return LastLook(True, f"the new version is live and does not answer ({sight.what})")


def _described(content: Content | None) -> str:
    if content is None or content.color is None:
        return "serves no colour"
    return f"serves {content.color} {content.release}, of generation {content.generation}"
