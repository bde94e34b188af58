"""What a rollback may be to: each release that is known, and whether this host can start it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bluegreen.deployment.errors import EngineAway, PhaseFailed
from bluegreen.deployment.record import Deployment, Release
from bluegreen.deployment.releases import Stay, crossed, stays
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color
from bluegreen.traffic.site import Site


@dataclass(frozen=True)
class Candidate:
    """A release, and what was found of it just now."""

    #: with its image, where this host has it
    release: Release
    #: when it was live last; None: no deployment is known that has made it so
    stay: Stay | None
    #: the colours on which it stands, running or stopped
    on: Mapping[Color, Instance]
    is_live: bool
    #: why a rollback cannot be to it; empty when it can
    why_not: str = ""


def find_candidates(site: Site, history: Sequence[Deployment], live: str | None) -> list[Candidate]:
    """Those that were live, the last one first, and those that only this host knows. It changes nothing.

    `live`: what the proxies serve. Raises EngineAway where nobody can be asked.
    """
    known = {stay.release.name: stay for stay in stays(history)}
    named = {each.release.name: each.release for each in history if each.release}
    only_here = [name for name in (live, *site.runtime.releases()) if name and name not in known]
    colors = {color: site.runtime.look(color) for color in Color}
    found = []
    for name in dict.fromkeys((*known, *only_here)):
        stay = known.get(name)
        release, gone = _kept(site, stay.release if stay else named.get(name, Release(name=name)))
        over = crossed(history, name) if stay and name != live else ()
        why_not = "it is live" if name == live else gone or _what_forbids(stay, over)
        on = {color: each for color, each in colors.items() if each.release == name}
        found.append(Candidate(release, stay, on, name == live, why_not))
    return found


def _what_forbids(stay: Stay | None, over: Sequence[str]) -> str:
    if stay is None:
        return "it was never live"
    return f"the migrations of {', '.join(over)} do not go back (--anyway)" if over else ""


def _kept(site: Site, release: Release) -> tuple[Release, str]:
    """The release as this host has it, or why it has not."""
    try:
        return site.runtime.kept(release), ""
    except EngineAway:
        raise
    except PhaseFailed as refused:
        return release, refused.what
