"""Determine target: which colour is live, by what nginx serves, and so which one is next."""

from collections.abc import Iterable, Sequence

from bluegreen.deployment.errors import FilesRefused
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Weakness
from bluegreen.deployment.states import Color, Phase
from bluegreen.parallel import at_once
from nginx.config.capabilities import Abilities
from nginx.config.fit import expect_fit
from nginx.live import expect_own_addresses
from nginx.proxy import Proxy
from nginx.switch import alone
from tasks import services
from tasks.context import Run
from tasks.following import follow
from tasks.mending import mend
from tasks.phase import phase_task
from tasks.request_count import blank_receipt
from tasks.site import Found
from tasks.workspace import refuse_data_left_behind


@phase_task(Phase.DETERMINE_TARGET)
def determine_target(run: Run) -> str:
    """Afterwards the record has both colours, and all that can be refused before a change was refused."""
    found = run.site.look(services.store().live(run.record.service))
    if found.order[0] >= run.record.generation:
        # This Redis knows less than the host does (it was emptied): go on from its count.
        run.note(generation=services.store().raise_generation(run.record.service, found.order[0]))
    # before nginx is asked whether its files are right: one that is gone is a reason why they are not
    mend(run.site, found, run.content(None).with_(color=found.color, release=found.release), run)
    from_color = found.color
    to_color = from_color.other if from_color else Color.BLUE
    silent = [proxy for proxy in run.proxies if found.seen[proxy.label].served is None]
    abilities = _check(run, to_color, silent)
    texts = {proxy.label: text for proxy in run.proxies if (text := proxy.file.read())}
    run.note(
        from_color=from_color,
        to_color=to_color,
        from_release=_live_release(run, found),
        previous_files=run.kept.save(texts, run),
        receipt=blank_receipt(abilities) if from_color else None,
        protocol=_protocol(abilities.values()),
    )
    return f"{from_color or 'nothing'} is live, {to_color} is next"


def _check(run: Run, to_color: Color, silent: Sequence[Proxy]) -> dict[str, Abilities]:
    """The nginx run and accept their files as they are, and the colour can be started. What each nginx can do.

    `silent`: those that have not answered, of which it is not known yet whether they run.
    """
    abilities: dict[str, Abilities] = {}
    weaknesses: list[Weakness] = []

    def files_are_right() -> None:
        try:
            abilities.update(_abilities(run))
        except FilesRefused:
            # Where the live version has died, its name is gone, and nginx refuses any file that has it.
            for proxy in run.proxies:
                follow(proxy, run.runtime, run, lambda: True)
            abilities.update(_abilities(run))

    def nginx_runs() -> None:
        at_once(silent, lambda proxy: proxy.workers())

    def color_can_start() -> None:
        weaknesses.extend(run.runtime.preflight(to_color, run.record.release, run.record.id))
        refuse_data_left_behind(run, to_color)

    def each_answers_for_itself() -> None:
        expect_own_addresses(run.proxies)

    at_once([files_are_right, nginx_runs, color_can_start, each_answers_for_itself], lambda check: check())
    for proxy in run.proxies:
        for misfit in expect_fit(proxy):
            run.tell(f"{proxy.label}: {misfit.what}. Write: {misfit.mend}")
    _warn(run, weaknesses)
    return abilities


def _warn(run: Run, weaknesses: Sequence[Weakness]) -> None:
    """Before the deployment as an event, and after it: what is nothing to fail for is read there."""
    for said in map(str, weaknesses):
        if said not in run.record.warnings:
            run.tell(said)
            run.note(warnings=(*run.record.warnings, said))


def _abilities(run: Run) -> dict[str, Abilities]:
    with alone(run.proxies, run):
        return dict(at_once(run.proxies, lambda proxy: (proxy.label, proxy.abilities())))


def _protocol(abilities: Iterable[Abilities]) -> str:
    """HTTP where any nginx speaks it to the colours, or nothing is known; else what they speak."""
    spoken = sorted({protocol for each in abilities for protocol in each.protocols})
    return "http" if "http" in spoken else next(iter(spoken), "http")


def _live_release(run: Run, found: Found) -> Release | None:
    if found.release is None:
        return None
    known = services.store().newest_of(run.record.service, found.release)
    return known.release if known and known.release else Release(name=found.release)
