"""Checkout: what is to be deployed."""

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.names import release_name
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Phase
from bluegreen.source import git
from tasks import services
from tasks.context import Run
from tasks.phase import phase_task
from tasks.workspace import tell_what_stays


@phase_task(Phase.CHECKOUT)
def checkout(run: Run) -> str:
    """Afterwards the record names the release, and its files are in place."""
    if run.record.kind == "rollback":
        release = _previous_release(run)
        run.note(ref=release.ref)
    elif run.service.source:
        release = _from_git(run)
    else:
        release = Release(name=_name(run, None), ref=run.record.ref)
    run.note(release=release)
    tell_what_stays(run)
    return f"release {release.name}"


def _previous_release(run: Run) -> Release:
    """The one from before what nginx serves: after a deployment that failed, Redis may know no better.

    Records name it; what it is, the host knows.
    """
    store, service = services.store(), run.record.service
    last = store.live(service)
    served = run.site.look(last).release
    live = store.newest_of(service, served) if served else last
    if live is None or live.from_release is None:
        raise PhaseFailed(
            f"{run.record.service}: no release is known from before the live one",
            advice="Deploy the version that you want: bluegreen deploy SERVICE --ref REF",
        )
    return run.runtime.kept(live.from_release)


def _from_git(run: Run) -> Release:
    commit = git.checkout(run.record.service, run.service, run.record.ref, run)
    return Release(name=_name(run, commit), ref=run.record.ref, commit=commit)


def _name(run: Run, commit: str | None) -> str:
    others = [record for record in services.store().history(run.record.service) if record.id != run.record.id]
    # The host may know some that Redis has lost: their names mean what was deployed by them.
    taken = {record.release.name for record in others if record.release} | set(run.runtime.releases())
    return release_name(run.record.ref, commit, run.record.generation, taken)
