"""Checkout: what is to be deployed."""

from bluegreen.deployment import releases
from bluegreen.deployment.errors import EngineAway, PhaseFailed
from bluegreen.deployment.names import release_name
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Phase
from bluegreen.source import git
from tasks.context import PhaseContext
from tasks.phase import phase_task
from tasks.releases import find_candidates
from tasks.workspace import report_what_stays


@phase_task(Phase.CHECKOUT)
def checkout(context: PhaseContext) -> str:
    """Afterwards the record names the release, and its files are in place."""
    if context.deployment.kind == "rollback":
        release = _former_release(context)
        context.note(ref=release.ref)
    elif context.service.source:
        release = _from_git(context)
    else:
        release = Release(name=_name(context, None), ref=context.deployment.ref)
    context.note(release=release)
    report_what_stays(context)
    return f"release {release.name}"


def _former_release(context: PhaseContext) -> Release:
    """The one that a rollback is to, as this host knows it: records only name it.

    After a deployment that failed Redis may not know what is live: what nginx serves counts.
    """
    service, history = context.deployment.service, context.store.history(context.deployment.service)
    last = context.store.live(service)
    live = context.site.look(last).release or (last.release.name if last and last.release else None)
    wanted = context.deployment.wanted_release
    if wanted is None:
        release = releases.previous(history, live) if live else None
    elif wanted == live:
        raise PhaseFailed(f"{service}: release {live} is live already, as its proxies say")
    else:
        release = releases.lived(service, history, wanted)
    if release is None:
        raise PhaseFailed(
            f"{service}: no release is known from before the live one",
            advice="Deploy the version that you want: bluegreen deploy SERVICE --ref REF",
        )
    return _kept(context, release, live)


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


def _from_git(context: PhaseContext) -> Release:
    commit = git.checkout(context.deployment.service, context.service, context.deployment.ref, context)
    return Release(name=_name(context, commit), ref=context.deployment.ref, commit=commit)


def _name(context: PhaseContext, commit: str | None) -> str:
    others = [
        deployment
        for deployment in context.store.history(context.deployment.service)
        if deployment.id != context.deployment.id
    ]
    # The host may know some that Redis has lost: their names mean what was deployed by them.
    taken = {deployment.release.name for deployment in others if deployment.release} | set(
        context.runtime.releases()
    )
    return release_name(context.deployment.ref, commit, context.deployment.generation, taken)
