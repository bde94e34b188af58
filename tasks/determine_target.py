"""Determine target: which colour is live, by what nginx serves, and so which one is next."""

from deployment.errors import PhaseFailed
from deployment.record import Release
from deployment.states import Color, Phase
from nginx.render import Content, guess_color
from nginx.switch import at_once
from tasks import doors
from tasks.phase import phase_task
from tasks.run import Run


@phase_task(Phase.DETERMINE_TARGET)
def determine_target(run: Run) -> str:
    """Afterwards the record has both colours, and all that can be refused before a change was refused."""
    at_once(run.proxies, lambda proxy: (proxy.abilities(), proxy.workers()))
    live = _live(run)
    from_color = live.color if live else _foreign_color(run)
    to_color = from_color.other if from_color else Color.BLUE
    run.runtime.preflight(to_color)
    if (seen := _newest_generation(run)) >= run.record.generation:
        # This Redis knows less than the proxies do (it was emptied): go on from their count.
        run.note(generation=doors.store().raise_generation(run.record.service, seen))
    run.note(
        from_color=from_color,
        to_color=to_color,
        from_release=_live_release(run, live),
        previous_files={proxy.label: text for proxy in run.proxies if (text := proxy.file.read())},
    )
    return f"{from_color or 'nothing'} is live, {to_color} is next"


def _live(run: Run) -> Content | None:
    found = {proxy.label: proxy.served() or proxy.read() for proxy in run.proxies}
    ours = {label: content for label, content in found.items() if content and content.color}
    if len({content.color for content in ours.values()}) > 1:
        raise PhaseFailed(
            f"{run.record.service}: the proxies do not agree on the live colour",
            "; ".join(f"{label} serves {content.color}" for label, content in ours.items()),
            "Reload the one that is behind, or correct its file.",
        )
    return max(ours.values(), key=lambda content: content.order, default=None)


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


def _foreign_color(run: Run) -> Color | None:
    guesses = {guess_color(proxy.file.read(), run.service.ports) for proxy in run.proxies} - {None}
    return guesses.pop() if len(guesses) == 1 else None
