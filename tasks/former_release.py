"""Which release a deployment is of that brings nothing new: a rollback, or the live one once more."""

from bluegreen.deployment import releases
from bluegreen.deployment.errors import EngineAway, PhaseFailed
from bluegreen.deployment.record import Release
from tasks.context import PhaseContext
from tasks.releases import find_candidates


def former_release(context: PhaseContext) -> Release:
    """The release as this host has it: records only name it. PhaseFailed, UsageError where it cannot be had.

    What is live the proxies say: after a deployment that failed Redis may not know it.
    """
    last = context.store.live(context.deployment.service)
    live = context.site.look(last).release
    if context.deployment.kind == "redeploy":
        return _kept(context, _live_one(context, live), live)
    release = _meant(context, live, last.release if last else None)
    history = context.store.history(context.deployment.service)
    crossed = releases.refuse_crossing(
        context.deployment.service, history, release.name, context.deployment.anyway
    )
    context.note(crossed=crossed)
    return _kept(context, release, live)


def _live_one(context: PhaseContext, live: str | None) -> Release:
    service = context.deployment.service
    if live is None:
        raise PhaseFailed(
            f"{service}: no release is live, as its proxies say",
            advice=f"Deploy the version that you want: bluegreen deploy {service} --ref REF",
        )
    known = context.store.newest_of(service, live)
    return known.release if known and known.release else Release(name=live)


def _meant(context: PhaseContext, live: str | None, last: Release | None) -> Release:
    """What a rollback is to. `last`: what has succeeded last, where no proxy says what is live."""
    service, wanted = context.deployment.service, context.deployment.wanted_release
    history = context.store.history(service)
    if wanted is None:
        name = live or (last.name if last else None)
        if name and (before := releases.previous(history, name)):
            return before
        raise PhaseFailed(
            f"{service}: no release is known from before the live one",
            advice=f"Deploy the version that you want: bluegreen deploy {service} --ref REF",
        )
    if wanted == live:
        raise PhaseFailed(
            f"{service}: release {live} is live already, as its proxies say",
            advice=f"To have it once more, with the environment as it is now: bluegreen redeploy {service}",
        )
    return releases.lived(service, history, wanted)


def _kept(context: PhaseContext, release: Release, live: str | None) -> Release:
    """The release as this host has it. Where it has not, the error names those that it has."""
    try:
        return context.runtime.kept(release)
    except EngineAway:
        raise
    except PhaseFailed as gone:
        found = find_candidates(context.site, context.store.history(context.deployment.service), live)
        names = ", ".join(each.release.name for each in found if not each.why_not)
        there = f"this host can go back to: {names or 'no other release'}"
        raise PhaseFailed(gone.what, "\n".join(filter(None, (gone.saw, there))), gone.advice) from gone
