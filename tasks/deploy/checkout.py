"""Checkout: what is to be deployed."""

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.names import release_name
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Phase
from bluegreen.source import git
from tasks.context import PhaseContext
from tasks.phase import phase_task
from tasks.workspace import report_what_stays


@phase_task(Phase.CHECKOUT)
def checkout(context: PhaseContext) -> str:
    """Afterwards the record names the release, and its files are in place."""
    if context.deployment.kind == "rollback":
        release = _previous_release(context)
        context.note(ref=release.ref)
    elif context.service.source:
        release = _from_git(context)
    else:
        release = Release(name=_name(context, None), ref=context.deployment.ref)
    context.note(release=release)
    report_what_stays(context)
    return f"release {release.name}"


def _previous_release(context: PhaseContext) -> Release:
    """The one from before what nginx serves: after a deployment that failed, Redis may know no better.

    Records name it; what it is, the host knows.
    """
    store, service = context.store, context.deployment.service
    last = store.live(service)
    served = context.site.look(last).release
    live = store.newest_of(service, served) if served else last
    if live is None or live.from_release is None:
        raise PhaseFailed(
            f"{context.deployment.service}: no release is known from before the live one",
            advice="Deploy the version that you want: bluegreen deploy SERVICE --ref REF",
        )
    return context.runtime.kept(live.from_release)


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
