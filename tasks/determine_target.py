"""Determine target: which colour is live, by what nginx serves, and so which one is next."""

from collections.abc import Sequence

from deployment.errors import PhaseFailed
from deployment.record import Release
from deployment.settings import Ports
from deployment.side_by_side import at_once
from deployment.states import Color, Phase
from nginx.proxy import Proxy
from nginx.render import Abilities, Content, guess_color
from nginx.switch import alone
from tasks import doors
from tasks.cutover import blank_receipt
from tasks.phase import phase_task
from tasks.run import Run


@phase_task(Phase.DETERMINE_TARGET)
def determine_target(run: Run) -> str:
    """Afterwards the record has both colours, and all that can be refused before a change was refused."""
    live = live_content(run.record.service, run.proxies)
    from_color = live_color(live, run.proxies, run.service.ports)
    to_color = from_color.other if from_color else Color.BLUE
    abilities = _check(run, to_color)
    if (seen := _newest_generation(run)) >= run.record.generation:
        # This Redis knows less than the proxies do (it was emptied): go on from their count.
        run.note(generation=doors.store().raise_generation(run.record.service, seen))
    run.note(
        from_color=from_color,
        to_color=to_color,
        from_release=_live_release(run, live),
        previous_files={proxy.label: text for proxy in run.proxies if (text := proxy.file.read())},
        receipt=blank_receipt(abilities),
    )
    return f"{from_color or 'nothing'} is live, {to_color} is next"


def _check(run: Run, to_color: Color) -> dict[str, Abilities]:
    """The nginx run and accept their files as they are, and the colour can be started. What each nginx can do."""

    def look() -> dict[str, Abilities]:
        with alone(run.proxies, run):
            seen = at_once(run.proxies, lambda proxy: (proxy.label, proxy.abilities(), proxy.workers()))
        return {label: abilities for label, abilities, _ in seen}

    def start() -> dict[str, Abilities]:
        run.runtime.preflight(to_color)
        return {}

    found, _ = at_once([look, start], lambda check: check())
    return found


def live_content(service: str, proxies: Sequence[Proxy]) -> Content | None:
    """What the proxies serve, if a colour of ours. Raises PhaseFailed when they do not agree."""
    found = {proxy.label: proxy.served() or proxy.read() for proxy in proxies}
    ours = {label: content for label, content in found.items() if content and content.color}
    if len({content.color for content in ours.values()}) > 1:
        raise PhaseFailed(
            f"{service}: the proxies do not agree on the live colour",
            "; ".join(f"{label} serves {content.color}" for label, content in ours.items()),
            "Reload the one that is behind, or correct its file.",
        )
    return max(ours.values(), key=lambda content: content.order, default=None)


def live_color(live: Content | None, proxies: Sequence[Proxy], ports: Ports) -> Color | None:
    """The colour that serves: of the content, else the one whose port a file that is not ours names."""
    if live is not None:
        return live.color
    guesses = {guess_color(proxy.file.read(), ports) for proxy in proxies} - {None}
    return guesses.pop() if len(guesses) == 1 else None


def _newest_generation(run: Run) -> int:
    contents = [content for proxy in run.proxies for content in (proxy.served(), proxy.read()) if content]
    return max((content.generation for content in contents), default=0)


def _live_release(run: Run, live: Content | None) -> Release | None:
    if live is None or live.release is None:
        return None
    known = doors.store().live(run.record.service)
    if known and known.release and known.release.name == live.release:
        return known.release
    return Release(name=live.release)
