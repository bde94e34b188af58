"""Determine target: which colour is live, by what nginx serves, and so which one is next."""

from collections.abc import Iterable, Sequence

from bluegreen.deployment.errors import FilesRefused
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Weakness
from bluegreen.deployment.states import Color, Phase
from bluegreen.parallel import at_once
from nginx.config.capabilities import Capabilities
from nginx.config.fit import expect_fit
from nginx.live import expect_own_addresses
from nginx.proxy import Proxy
from tasks.context import PhaseContext
from tasks.following import follow
from tasks.phase import phase_task
from tasks.proxy_files import repair_files
from tasks.request_count import blank_receipt
from tasks.site import Found
from tasks.workspace import refuse_data_left_behind


@phase_task(Phase.DETERMINE_TARGET)
def determine_target(context: PhaseContext) -> str:
    """Afterwards the record has both colours, and all that can be refused before a change was refused."""
    found = context.site.look(context.store.live(context.deployment.service))
    if found.order[0] >= context.deployment.generation:
        # This Redis knows less than the host does (it was emptied): go on from its count.
        context.note(generation=context.store.raise_generation(context.deployment.service, found.order[0]))
    # before nginx is asked whether its files are right: one that is gone is a reason why they are not
    repair_files(
        context.site, found, context.marker(None).with_(color=found.color, release=found.release), context
    )
    from_color = found.color
    to_color = from_color.other if from_color else Color.BLUE
    silent = [proxy for proxy in context.proxies if found.seen[proxy.label].served is None]
    capabilities = _check(context, to_color, silent)
    context.note(
        from_color=from_color,
        to_color=to_color,
        from_release=_live_release(context, found),
        previous_files=context.router.save(context),
        receipt=blank_receipt(capabilities) if from_color else None,
        protocol=_protocol(capabilities.values()),
    )
    return f"{from_color or 'nothing'} is live, {to_color} is next"


def _check(context: PhaseContext, to_color: Color, silent: Sequence[Proxy]) -> dict[str, Capabilities]:
    """The nginx run and accept their files as they are, and the colour can be started. What each nginx can do.

    `silent`: those that have not answered, of which it is not known yet whether they run.
    """
    capabilities: dict[str, Capabilities] = {}
    weaknesses: list[Weakness] = []

    def files_are_right() -> None:
        try:
            capabilities.update(_capabilities(context))
        except FilesRefused:
            # Where the live version has died, its name is gone, and nginx refuses any file that has it.
            for proxy in context.proxies:
                follow(proxy, context.runtime, context, lambda: True)
            capabilities.update(_capabilities(context))

    def nginx_runs() -> None:
        at_once(silent, lambda proxy: proxy.workers())

    def color_can_start() -> None:
        weaknesses.extend(context.runtime.preflight(to_color, context.deployment.release, context.deployment.id))
        refuse_data_left_behind(context, to_color)

    def each_answers_for_itself() -> None:
        expect_own_addresses(context.proxies)

    at_once([files_are_right, nginx_runs, color_can_start, each_answers_for_itself], lambda check: check())
    for proxy in context.proxies:
        for misfit in expect_fit(proxy):
            context.report(f"{proxy.label}: {misfit.what}. Write: {misfit.fix}")
    _warn(context, weaknesses)
    return capabilities


def _warn(context: PhaseContext, weaknesses: Sequence[Weakness]) -> None:
    """Before the deployment as an event, and after it: what is nothing to fail for is read there."""
    for said in map(str, weaknesses):
        if said not in context.deployment.warnings:
            context.report(said)
            context.note(warnings=(*context.deployment.warnings, said))


def _capabilities(context: PhaseContext) -> dict[str, Capabilities]:
    with context.router.locked(context):
        return dict(at_once(context.proxies, lambda proxy: (proxy.label, proxy.capabilities())))


def _protocol(capabilities: Iterable[Capabilities]) -> str:
    """HTTP where any nginx speaks it to the colours, or nothing is known; else what they speak."""
    spoken = sorted({protocol for each in capabilities for protocol in each.protocols})
    return "http" if "http" in spoken else next(iter(spoken), "http")


def _live_release(context: PhaseContext, found: Found) -> Release | None:
    if found.release is None:
        return None
    known = context.store.newest_of(context.deployment.service, found.release)
    return known.release if known and known.release else Release(name=found.release)
