"""Determine target: which colour is live, by what nginx serves, and so which one is next."""

from collections.abc import Iterable, Mapping, Sequence

from deployment.errors import FilesRefused
from deployment.record import Release
from deployment.side_by_side import at_once
from deployment.states import Color, Phase
from nginx.abilities import Abilities
from nginx.content import Content
from nginx.live import Seen, expect_own_addresses, live_color, live_content, look_at_all
from nginx.proxy import Proxy
from nginx.render import render
from nginx.switch import alone
from tasks import doors
from tasks.cutover import blank_receipt
from tasks.following import follow
from tasks.phase import phase_task
from tasks.run import Run


@phase_task(Phase.DETERMINE_TARGET)
def determine_target(run: Run) -> str:
    """Afterwards the record has both colours, and all that can be refused before a change was refused."""
    seen = look_at_all(run.proxies)
    live = live_content(run.record.service, seen)
    from_color = live_color(live, seen, run.service.ports)
    to_color = from_color.other if from_color else Color.BLUE
    abilities = _check(run, to_color, [proxy for proxy in run.proxies if seen[proxy.label].served is None])
    if (newest := _newest_generation(seen.values())) >= run.record.generation:
        # This Redis knows less than the proxies do (it was emptied): go on from their count.
        run.note(generation=doors.store().raise_generation(run.record.service, newest))
    _put_files_right(run, seen)
    run.note(
        from_color=from_color,
        to_color=to_color,
        from_release=_live_release(run, live),
        previous_files=run.kept.save({label: each.text for label, each in seen.items() if each.text}, run),
        receipt=blank_receipt(abilities) if from_color else None,
    )
    return f"{from_color or 'nothing'} is live, {to_color} is next"


def _check(run: Run, to_color: Color, silent: Sequence[Proxy]) -> dict[str, Abilities]:
    """The nginx run and accept their files as they are, and the colour can be started. What each nginx can do.

    `silent`: those that have not answered, of which it is not known yet whether they run.
    """
    abilities: dict[str, Abilities] = {}

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
        run.runtime.preflight(to_color, run.record.release, run.record.id)

    def each_answers_for_itself() -> None:
        expect_own_addresses(run.proxies)

    at_once([files_are_right, nginx_runs, color_can_start, each_answers_for_itself], lambda check: check())
    return abilities


def _abilities(run: Run) -> dict[str, Abilities]:
    with alone(run.proxies, run):
        return dict(at_once(run.proxies, lambda proxy: (proxy.label, proxy.abilities())))


def _put_files_right(run: Run, seen: Mapping[str, Seen]) -> None:
    """A file that nginx has not taken up names a colour that is about to change: any reload would take it up.

    So it was left by a deployment that was unlocked, or forgotten by Redis, between its write and its reload.
    """
    for proxy in run.proxies:
        served, said = seen[proxy.label].served, seen[proxy.label].said
        if served is None or said is None or served.color == said.color:
            continue
        content = run.content(None).with_(color=served.color, release=served.release)
        text = render(proxy.settings, content, run.upstream(proxy, served.color), proxy.abilities())
        with alone([proxy], run):
            proxy.replace(text, content.order, run)
        run.tell(f"{proxy.label} serves {served.color}, but its file named {said.color}: the file is put right")


def _newest_generation(seen: Iterable[Seen]) -> int:
    contents = [content for each in seen for content in (each.served, each.said) if content]
    return max((content.generation for content in contents), default=0)


def _live_release(run: Run, live: Content | None) -> Release | None:
    if live is None or live.release is None:
        return None
    known = doors.store().newest_of(run.record.service, live.release)
    return known.release if known and known.release else Release(name=live.release)
