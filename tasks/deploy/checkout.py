"""Checkout: what is to be deployed."""

from bluegreen.deployment.names import release_name
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Phase
from bluegreen.source import git
from tasks.context import PhaseContext
from tasks.former_release import former_release
from tasks.phase import phase_task
from tasks.workspace import report_what_stays


@phase_task(Phase.CHECKOUT)
def checkout(context: PhaseContext) -> str:
    """Afterwards the record names the release, and its files are in place."""
    if context.deployment.kind in ("rollback", "redeploy"):
        release = former_release(context)
        context.note(ref=release.ref)
    elif context.service.source:
        release = _from_git(context)
    else:
        release = Release(name=_name(context, None), ref=context.deployment.ref)
    context.note(release=release)
    report_what_stays(context)
    return f"release {release.name}"


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
