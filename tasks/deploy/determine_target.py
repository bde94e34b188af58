"""Determine target: which colour is live, by what nginx serves, and so which one is next."""

from collections.abc import Collection, Mapping
from functools import partial

from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Weakness
from bluegreen.deployment.states import Color, Phase
from bluegreen.deployment.upkeep import Fit, Found
from bluegreen.parallel import both
from bluegreen.traffic import health
from tasks import background, checks, hooks, static
from tasks.context import PhaseContext
from tasks.phase import phase_task
from tasks.preview import expect_possible
from tasks.request_count import blank_receipt
from tasks.workspace import refuse_data_left_behind


@phase_task(Phase.DETERMINE_TARGET)
def determine_target(context: PhaseContext) -> str:
    """Afterwards the record has both colours, and all that can be refused before a change was refused."""
    last = context.store.live(context.deployment.service)
    found = context.site.look(last)
    if found.order[0] >= context.deployment.generation:
        # This Redis knows less than the host does (it was emptied): go on from its count.
        context.note(generation=context.store.raise_generation(context.deployment.service, found.order[0]))
    # before the proxies are asked whether their files are right: one that is gone is a reason why they are not
    marker = context.marker(None).with_(color=found.color, release=found.release)
    context.site.upkeep.repair(found, context.site.route(marker), context)
    from_color = found.color
    to_color = from_color.other if from_color else Color.BLUE
    fits, warnings = _check(context, found, to_color)
    expect_possible(context)
    protocol = health.spoken(each for fit in fits.values() for each in fit.protocols)
    health.expect_judged(context.runtime, to_color, protocol, context.deployment.release, context.deployment.id)
    checks.preflight(context, protocol)
    context.note(
        from_color=from_color,
        to_color=to_color,
        from_release=_live_release(context, found),
        previous_files=context.router.save(context),
        receipt=blank_receipt(fits) if from_color else None,
        protocol=protocol,
        warnings=(*context.deployment.warnings, *warnings),
        **background.fields(context.service, last),
    )
    return f"{from_color or 'nothing'} is live, {to_color} is next"


def _check(context: PhaseContext, found: Found, to_color: Color) -> tuple[Mapping[str, Fit], list[str]]:
    """The proxies are well, and the colour can be started. How each proxy goes with the service, by label.

    And warnings, which are events now: what is nothing to fail for is read in the record afterwards, too.
    """

    def color_can_start() -> Collection[Weakness]:
        release, deployment_id = context.deployment.release, context.deployment.id
        weaknesses = [
            *context.runtime.preflight(to_color, release, deployment_id),
            *background.preflight(context, to_color),
        ]
        static.preflight(context)
        refuse_data_left_behind(context, to_color)
        hooks.preflight(context)
        return weaknesses

    fits, weaknesses = both(partial(context.site.upkeep.preflight, found, context), color_can_start)
    for label, fit in fits.items():
        for misfit in fit.misfits:
            context.report(f"{label}: {misfit}")
    warnings = [each for each in dict.fromkeys(map(str, weaknesses)) if each not in context.deployment.warnings]
    for each in warnings:
        context.report(each)
    return fits, warnings


def _live_release(context: PhaseContext, found: Found) -> Release | None:
    if found.release is None:
        return None
    known = context.store.newest_of(context.deployment.service, found.release)
    return known.release if known and known.release else Release(name=found.release)
