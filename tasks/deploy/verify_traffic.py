"""Verify traffic: the new version holds under real requests before the old one is put away."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic

from bluegreen.deployment.errors import NotHealthy
from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.states import Phase
from bluegreen.traffic.health import Judged
from tasks import background, checks, hooks
from tasks.context import PhaseContext
from tasks.phase import phase_task
from tasks.request_count import Cutover, cutover

#: seconds between two rounds of probes
POLL = 0.25
#: bad answers in a row, from one place, that turn the deployment back
TOLERATED = 2
#: seconds for nginx workers of before the switch to be gone; those that are not have old connections alone by then
HAND_OVER = 0.5


@phase_task(Phase.VERIFY_TRAFFIC)
def verify_traffic(context: PhaseContext) -> str:
    """Afterwards the new version answered well for `bake.seconds`, itself and through each proxy's `url`.

    The checks of the site were answered as they must be, and the hooks `after_switch`, which run beside that, have
    ended well.

    Of its requests since the switch, and of the probes, no larger share failed than `bake.max_failure_rate`. Its
    background services began then, and held for their `bake_seconds`.
    """
    with cutover(context) as counting:
        _await_hand_over(context)
        checks.run(context, HookPoint.AFTER_SWITCH)
        with hooks.running(context, HookPoint.AFTER_SWITCH) as have_ended:
            bake = Bake(context, counting, background.check_those_with_color, have_ended)
            held = bake.hold(context.service.bake.seconds)
        if names := background.renew(context):
            seconds = background.bake_seconds(context, names)
            held += f"; with {', '.join(names)} it {Bake(context, counting, background.check).hold(seconds)}"
            background.await_all(context)
        return held


def _await_hand_over(context: PhaseContext) -> None:
    """What asks the site is answered by the new version from now on: old nginx workers still answer for 100 ms."""
    if checks.of(context, HookPoint.AFTER_SWITCH) or hooks.of(context, HookPoint.AFTER_SWITCH):
        context.router.drain(context.deployment.retired_by_switch, HAND_OVER, context)


@dataclass(frozen=True)
class Bake:
    """The watch over the new version while users meet it."""

    context: PhaseContext
    counting: Cutover
    #: raises where something else than an answer is not as it must be
    check_more: Callable[[PhaseContext], None]
    #: whether what runs beside it has ended; it goes on until then
    may_end: Callable[[], bool] = lambda: True

    def hold(self, seconds: float) -> str:
        """In words, how it held for so many seconds at least. NotHealthy, and others, where it did not."""
        began = monotonic()
        locations = places_of(self.context)
        bad = dict.fromkeys(locations, 0)
        rounds = 0
        while True:
            for place, ask in locations.items():
                _judge(self.context, place, ask(), bad)
            self.check_more(self.context)
            rounds += 1
            left = began + seconds - monotonic()
            is_over = self.may_end() and left <= 0 and not any(bad.values())
            self.counting.judge(is_over)
            if is_over:
                return f"held for {seconds:g} s ({rounds * len(locations)} probes)"
            self.context.pause(max(0.05, min(POLL, left)) if left > 0 else POLL)


def places_of(context: PhaseContext) -> dict[str, Callable[[], Judged]]:
    """By what errors call it, each place that is asked: the new version itself, and the site through each proxy.

    What speaks gRPC to its users has no answer for a plain request.
    """
    asked: dict[str, Callable[[], Judged]] = {str(context.target): partial(context.ask_color, context.target)}
    for proxy in context.service.proxies if context.deployment.protocol != "grpc" else ():
        if proxy.url:
            url = proxy.url.rstrip("/") + context.service.health.path
            asked[url] = partial(context.ask_through_proxy, url)
    return asked


def _judge(context: PhaseContext, place: str, judged: Judged, bad: dict[str, int]) -> None:
    if judged.good:
        bad[place] = 0
        return
    bad[place] += 1
    if bad[place] > TOLERATED:
        raise NotHealthy(
            f"after the switch, {place} failed {bad[place]} times in a row",
            f"last answer: {judged}\nlast log lines:\n{context.runtime.logs(context.target).strip()}",
            f"{context.way_back} {judged.advice}".strip(),
        )
