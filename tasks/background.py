"""What becomes of a release's background services in each phase. Where there are none, nothing is asked.

The old ones are noted before the first of them is asked to end: an undo starts them again, whoever does it.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from bluegreen.deployment.background import Background
from bluegreen.deployment.cancellation import wait_until
from bluegreen.deployment.errors import NotHealthy, PhaseFailed
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.runtime import Instance, Weakness
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ServiceSettings
from tasks.context import PhaseContext

#: seconds between two looks at what is starting
POLL = 0.25


def preflight(context: PhaseContext, color: Color) -> Collection[Weakness]:
    """Raise PhaseFailed while nothing is changed yet: those of the colour can be started."""
    if not context.service.background:
        return ()
    background = _background(context)
    return background.preflight(color, context.deployment.release, context.deployment.id)


def fields(service: ServiceSettings, last: Deployment | None) -> dict[str, object]:
    """What the record says of them from now on. `last`: the deployment that is live."""
    before = last is not None and bool(last.background)
    return {"background": tuple(service.background), "retires_background": before or bool(service.background)}


def start_with_color(context: PhaseContext) -> None:
    """Afterwards those run that begin with the colour."""
    _start(context, _named(context, "with_color"))


def await_those_with_color(context: PhaseContext) -> None:
    """Return when they have held, and are well as far as they know it themselves. Raises NotHealthy."""
    if names := _named(context, "with_color"):
        _watch(context, names, bake_seconds(context, names))
        _await(context, names)


def check_those_with_color(context: PhaseContext) -> None:
    """Raise NotHealthy when one of them does not hold."""
    _check(context, _named(context, "with_color"))


def check(context: PhaseContext) -> None:
    """Raise NotHealthy when any of them does not hold."""
    _check(context, _named(context))


def end_before_switch(context: PhaseContext) -> None:
    """Afterwards the old ones have ended whose successors run: they would not know the new version's jobs."""
    if names := _named(context, "with_color"):
        _expect_newest(context)
        _end(context, lambda section: section in names)


def renew(context: PhaseContext) -> Sequence[str]:
    """Afterwards those run that begin after the switch, and of the old ones none that must not run beside them.

    Also which these are. What ran before under a name that is not known any more may have been such a one.
    """
    if names := _named(context, "after_switch"):
        _expect_newest(context)
        alone = {name for name in names if not context.service.background[name].overlap}
        if alone:
            _end(context, lambda section: section is None or section in alone)
        _start(context, names)
    return names


def bake_seconds(context: PhaseContext, names: Collection[str]) -> float:
    """For how long these must hold."""
    return max(context.service.background[name].bake_seconds for name in names)


def await_all(context: PhaseContext) -> None:
    """Return when all of them are well, as far as they know it themselves. Raises NotHealthy."""
    _await(context, _named(context))


def end_former(context: PhaseContext) -> None:
    """Afterwards the old ones have ended, each with what it had in hand; what of them people had started, too."""
    if context.deployment.retires_background:
        _end(context, lambda _: True)


def remove_former(context: PhaseContext, old: Color) -> None:
    """The same, and nothing is left of the old colour's."""
    if context.deployment.retires_background:
        _end(context, lambda _: True)
        _background(context).remove(old, context)


def revert(context: PhaseContext) -> None:
    """Afterwards nothing is left of the new ones, and the old ones that were asked to end run again."""
    if not context.deployment.retires_background:
        return
    _expect_newest(context)
    background = _background(context)
    background.remove(context.target, context)
    if retired := context.deployment.retired_background:
        background.resume(context.target, retired, context)
        context.report(f"background services from before work again: {', '.join(retired)}")
        context.note(retired_background=())


def _background(context: PhaseContext) -> Background:
    assert context.site.background is not None, "the settings refuse background services without compose.files"
    return context.site.background


def _expect_newest(context: PhaseContext) -> None:
    """Raise PhaseFailed where a later deployment serves: what runs is its own, whatever an old record says."""
    generation = context.deployment.generation
    said = {label: each.current for label, each in context.router.observe().items()}
    if newer := [label for label, marker in said.items() if marker and marker.generation > generation]:
        raise PhaseFailed(
            f"{', '.join(newer)} serves by a later deployment: background services are left as they are",
            advice="See what the site serves, and whether its workers run: bluegreen doctor",
        )


def _named(context: PhaseContext, start: str | None = None) -> list[str]:
    """Those that its record has: what the config file has got since, has no image."""
    return [
        name
        for name, each in context.service.background.items()
        if name in context.deployment.background and start in (None, each.start)
    ]


def _start(context: PhaseContext, names: Collection[str]) -> None:
    if names:
        release, deployment_id = context.deployment.release, context.deployment.id
        assert release is not None, "checkout comes first"
        _background(context).start(context.target, release, deployment_id, names, context)


def _end(context: PhaseContext, is_meant: Callable[[str | None], bool]) -> None:
    background, noted = _background(context), context.deployment.retired_background
    running = background.former(context.target)
    ending = sorted(name for name, section in running.items() if is_meant(section))
    new = [name for name in ending if name not in noted]
    if new and not context.deployment.past_point_of_no_return:
        context.note(retired_background=(*noted, *new))
    if ending:
        background.end(context.target, ending, context)


def _check(context: PhaseContext, names: Collection[str]) -> None:
    if names:
        _judge(context, names)


def _watch(context: PhaseContext, names: Collection[str], seconds: float) -> None:
    wait_until(partial(_judge, context, names), lambda _: False, seconds, context, POLL)


def _await(context: PhaseContext, names: Collection[str]) -> None:
    """As long as the new version itself may take to get healthy."""
    health = context.service.health
    seconds = health.attempts * health.interval
    starting = wait_until(partial(_judge, context, names), lambda found: not found, seconds, context, POLL)
    for name, instance in starting.items():
        what = f"background service {name} did not get healthy in {seconds:g} s: {instance.described}"
        raise _refusal(context, name, what)


def _judge(context: PhaseContext, names: Collection[str]) -> dict[str, Instance]:
    """Those that do not know yet whether they are well. Raises NotHealthy for one that does not hold."""
    starting = {}
    found = _background(context).look(context.target)
    for name in names:
        ours = [each for each in found.get(name, ()) if each.deployment_id == context.deployment.id]
        if not ours:
            raise _refusal(context, name, f"background service {name} is gone: it has no container")
        for each in ours:
            if not each.running or each.restarts or each.healthy is False:
                raise _refusal(context, name, f"background service {name} does not hold: {each.described}")
            if each.is_watched and each.healthy is None:
                starting[name] = each
    return starting


def _refusal(context: PhaseContext, name: str, what: str) -> NotHealthy:
    logs = _background(context).logs(context.target, name).strip()
    return NotHealthy(
        what,
        f"last log lines:\n{logs}" if logs else "",
        f"Fix the release, and deploy again. {context.way_back} Background services from before work again.",
    )
